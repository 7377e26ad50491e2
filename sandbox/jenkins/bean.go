package jenkins

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// always is the visibility of what is shown however deep it is.
const always = 999

// bean is an object as Jenkins exposes it: its properties, each with how deep it is still shown.
type bean struct {
	class string
	props []prop
}

// prop is one property. Its value is made when it is wanted: a text, a number, a bool, nil, *bean or list.
type prop struct {
	name       string
	visibility int
	value      func() any
}

// list is a property of many beans. What is in line is as deep as what it is in.
type list struct {
	all    []*bean
	inLine bool
}

// object is JSON with its fields in order.
type object []field

type field struct {
	name  string
	value any
}

// MarshalJSON writes the fields in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(f.name)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		value, err := encode(f.value)
		if err != nil {
			return nil, err
		}
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode is JSON in which "<" stays "<", as Jenkins writes it.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// exposed is an answer with JSON.
func exposed(value any) reply {
	body, err := encode(value)
	if err != nil {
		panic(err) // texts, numbers and lists of them: they all encode
	}
	return reply{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json;charset=utf-8"}}, body: body}
}

func (b *bean) add(visibility int, name string, value any) {
	b.later(visibility, name, func() any { return value })
}

func (b *bean) later(visibility int, name string, value func() any) {
	b.props = append(b.props, prop{name, visibility, value})
}

// expose answers .../api/json: what tree= names, or as deep as depth= says (ResponseImpl.serveExposedBean in stapler).
func (s *Server) expose(v visit, b *bean) reply {
	if text := v.form.Get("tree"); text != "" {
		t, err := parseTree(text)
		if err != nil {
			return oops() // ServletException: Malformed tree expression
		}
		return exposed(t.prune(b))
	}
	depth := 0
	if v.form.Has("depth") {
		n, err := strconv.Atoi(v.form.Get("depth"))
		if err != nil {
			return oops() // ServletException: Depth parameter must be a number
		}
		depth = n
	}
	return exposed(byDepth(b, 1-depth))
}

// byDepth shows the properties that are visible at this depth; those below must be visible one deeper.
func byDepth(b *bean, n int) object {
	o := begin(b)
	for _, p := range b.props {
		if p.visibility < n {
			continue
		}
		o = append(o, field{p.name, shown(p.value(), nil, func(child *bean, inLine bool) object {
			if inLine {
				return byDepth(child, n)
			}
			return byDepth(child, n+1)
		})})
	}
	return o
}

func begin(b *bean) object {
	if b.class == "" {
		return object{}
	}
	return object{{"_class", b.class}}
}

// shown is the value of a property, with the beans in it shown as told, and of a list those that are wanted.
func shown(value any, cut *cut, show func(child *bean, inLine bool) object) any {
	switch value := value.(type) {
	case *bean:
		if value == nil {
			return nil
		}
		return show(value, false)
	case list:
		all := []any{}
		for _, child := range cut.of(value.all) {
			all = append(all, show(child, value.inLine))
		}
		return all
	}
	return value
}
