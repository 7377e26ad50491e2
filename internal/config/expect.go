package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/pawl-ops/pawl/job"
)

// statuses reads which answers are good: 200, 2xx, "200, 404", [200, 404].
func (r *reader) statuses(v value) (all []job.StatusRange) {
	if v.node == nil {
		return nil
	}
	for _, item := range r.items(v) {
		node, ok := r.plain(item)
		if !ok {
			continue
		}
		text := node.GetToken().Value
		if !isNumber(node) {
			if text, ok = textOf(item); !ok {
				r.wrong(item, "a status such as 200, 2xx or \"200, 404\"")
				continue
			}
		}
		for one := range strings.SplitSeq(text, ",") {
			s, err := status(strings.TrimSpace(one))
			if err != nil {
				r.at(item.node, "%s: %v", item.name(), err)
				continue
			}
			all = append(all, s)
		}
	}
	return all
}

func status(text string) (job.StatusRange, error) {
	if m := regexp.MustCompile(`^([2-5])(?:xx|XX)$`).FindStringSubmatch(text); m != nil {
		first := int(m[1][0]-'0') * 100
		return job.StatusRange{From: first, To: first + 99}, nil
	}
	if n, err := strconv.Atoi(text); err == nil && n >= 200 && n <= 599 && len(text) == 3 {
		return job.StatusRange{From: n, To: n}, nil
	}
	return job.StatusRange{}, fmt.Errorf("`%s` is not a status; write one such as 200, 2xx or \"200, 404\"", text)
}

// textOf is the text of a value, without a word when it is none.
func textOf(v value) (string, bool) {
	switch n := v.node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	}
	return "", false
}
