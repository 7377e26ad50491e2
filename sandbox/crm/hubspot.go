package crm

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// moment is how HubSpot writes a time.
const moment = "2006-01-02T15:04:05.000Z"

// object is a deal on HubSpot's wire.
type object struct {
	ID         string             `json:"id"`
	Properties map[string]*string `json:"properties"` // every value is a text or null
	CreatedAt  string             `json:"createdAt"`
	UpdatedAt  string             `json:"updatedAt"`
	Archived   bool               `json:"archived"`
}

// list is a page on HubSpot's wire. The last one has no paging.
type list struct {
	Results []object `json:"results"`
	Paging  *paging  `json:"paging,omitempty"`
}

type paging struct {
	Next next `json:"next"`
}

type next struct {
	After string `json:"after"`
	Link  string `json:"link"`
}

// known are the objects a CRM has beside deals, which Pawl's token may not read.
func known() []string {
	return []string{"contacts", "companies", "tickets", "products", "line_items", "quotes"}
}

// ofType refuses everything that is not deals. A type that does not exist is a 400 without a category, as live answers are.
func ofType(r *http.Request) *refusal {
	switch name := r.PathValue("type"); {
	case name == "deals":
		return nil
	case slices.Contains(known(), name):
		return outOfScope(name)
	default:
		return &refusal{status: http.StatusBadRequest, Message: "Unable to infer object type from: " + name}
	}
}

// hubspotList answers GET /crm/v3/objects/deals.
func hubspotList(r *http.Request, v view) (answer, *refusal) {
	if wrong := ofType(r); wrong != nil {
		return answer{page: 1}, wrong
	}
	q, wrong := listQuery(r, v)
	if wrong != nil {
		return answer{page: 1}, wrong
	}
	if q.archived {
		v.deals = nil
	}
	return answer{page: q.page, body: func(f flaws) ([]byte, http.Header) {
		at := v.from(q.after)
		deals := v.some(at, q.limit)
		page := list{Results: make([]object, 0, len(deals))}
		for i := range deals {
			page.Results = append(page.Results, f.spoil(&deals[i]).object(q.properties))
		}
		last := at+len(deals) >= v.len()
		after := ""
		switch {
		case f.endless:
			after = strconv.Itoa(firstID + q.after)
		case last && f.circle:
			after = strconv.Itoa(firstID)
		case !last:
			after = deals[len(deals)-1].id()
		}
		if after != "" {
			page.Paging = &paging{Next: next{After: after, Link: with(r, "after", after)}}
		}
		return encode(page), nil
	}}, nil
}

// hubspotOne answers GET /crm/v3/objects/deals/{id}.
func hubspotOne(r *http.Request, v view) (answer, *refusal) {
	if wrong := ofType(r); wrong != nil {
		return answer{page: 1}, wrong
	}
	q, wrong := listQuery(r, v)
	if wrong != nil {
		return answer{page: 1}, wrong
	}
	id, err := strconv.Atoi(r.PathValue("id"))
	n := id - firstID
	if err != nil || n < 1 || n > len(v.deals) || (n-1)%v.step != 0 {
		return answer{page: 1}, &refusal{status: http.StatusNotFound, Message: "Object not found.  objectId are usually numeric.", Category: notFound}
	}
	one := v.deals[n-1]
	return answer{page: 1, body: func(f flaws) ([]byte, http.Header) {
		return encode(f.spoil(&one).object(q.properties)), nil
	}}, nil
}

// object is the deal with the properties that were asked for, or those HubSpot gives unasked. Some always come along, and
// one that does not exist is left out in silence.
func (d *deal) object(asked []string) object {
	if len(asked) == 0 {
		asked = []string{"amount", "closedate", "createdate", "dealname", "dealstage", "pipeline"}
	}
	o := object{ID: d.id(), CreatedAt: d.created.Format(moment), UpdatedAt: d.modified.Format(moment), Properties: map[string]*string{}}
	for _, name := range append([]string{"createdate", "hs_lastmodifieddate", "hs_object_id"}, asked...) {
		if value, there := d.property(name); there {
			o.Properties[name] = value
		}
	}
	return o
}

// property is one of the deal's, and whether the CRM knows such a property.
func (d *deal) property(name string) (*string, bool) {
	value := ""
	switch name {
	case "dealname":
		value = d.name
	case "dealstage":
		value = d.stage
	case "amount":
		return d.amount, true
	case "pipeline":
		value = "default"
	case "hubspot_owner_id":
		value = owners()[d.owner].id
	case "owner_name": // a property Acme made for itself
		value = owners()[d.owner].name
	case "closedate":
		if d.closes == nil {
			return nil, true
		}
		value = d.closes.Format(moment)
	case "createdate":
		value = d.created.Format(moment)
	case "hs_lastmodifieddate":
		value = d.modified.Format(moment)
	case "hs_object_id":
		value = d.id()
	case "description":
		return nil, true // nobody fills it in
	default:
		return nil, false
	}
	return &value, true
}

// with is the address of a request with one parameter changed.
func with(r *http.Request, name, value string) string {
	values := r.URL.Query()
	values.Set(name, value)
	to := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: values.Encode()}
	return to.String()
}
