package pages

import (
	"context"
	"fmt"
	"strconv"

	"github.com/itchyny/gojq"

	"github.com/pawl-ops/pawl/job"
)

// onward gives what asks for the next page; empty when there is none.
func (r *Reader) onward(ctx context.Context, d *document, a answer, at job.Position, page Page) (string, error) {
	switch r.src.Paging.By {
	case job.ByOffset:
		return r.offset(at, page)
	case job.ByCursor:
		return r.told(ctx, d, at.Pages+1)
	case job.ByLink:
		link := nextLink(a.header.Values("Link"))
		if r.next != nil {
			var err error
			if link, err = r.told(ctx, d, at.Pages+1); err != nil {
				return "", err
			}
		}
		if link == "" {
			return "", nil
		}
		if len(link) > longestNext {
			return "", r.tooLong(at.Pages+1, len(link))
		}
		to, err := r.resolve(a.from, link, at.Pages+1)
		if err != nil {
			return "", err
		}
		return to.String(), nil
	}
	return "", nil
}

// told gives what the page says comes next.
func (r *Reader) told(ctx context.Context, d *document, number int) (string, error) {
	v, err := d.scalar(ctx, r.next)
	wrong := func(cause error) error {
		f := r.fault(job.FaultData, "Page %d from %s does not say what comes next where we look for it (%s).", number, r.src.Name, r.next.text)
		f.Cause = r.mask.Error(cause)
		return f
	}
	if err != nil {
		return "", wrong(err)
	}
	var next string
	switch v := v.(type) {
	case nil:
	case string:
		next = v
	case bool:
		if v {
			return "", wrong(fmt.Errorf("true is neither a cursor nor an address"))
		}
	case map[string]any, []any:
		return "", wrong(fmt.Errorf("%s is neither a cursor nor an address", gojq.Preview(v)))
	default:
		text, err := gojq.Marshal(v)
		if err != nil {
			return "", wrong(err)
		}
		next = string(text)
	}
	if len(next) > longestNext {
		return "", r.tooLong(number, len(next))
	}
	return next, nil
}

func (r *Reader) tooLong(number, length int) error {
	return r.fault(job.FaultData, "What leads from page %d of %s to the next one has %s, more than %s are not taken.", number, r.src.Name, size(length), size(longestNext))
}

// offset counts the records so far. Only an empty page is surely the end: an API may give fewer records than it was asked
// for. What it says there are in all is believed when the page was not a full one, which saves the last question.
func (r *Reader) offset(at job.Position, page Page) (string, error) {
	sofar := int64(0)
	if at.Next != "" {
		var err error
		if sofar, err = strconv.ParseInt(at.Next, 10, 64); err != nil || sofar < 0 {
			f := r.fault(job.FaultOurs, "The place where reading stopped is no number of records.")
			f.Cause = r.mask.Error(err)
			return "", f
		}
	}
	sofar += int64(len(page.Records))
	full := r.src.Paging.Size > 0 && len(page.Records) >= r.src.Paging.Size
	if len(page.Records) == 0 || page.Total > 0 && sofar >= page.Total && !full {
		return "", nil
	}
	return strconv.FormatInt(sofar, 10), nil
}
