package mapping

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pawl-ops/pawl/job"
)

// What PostgreSQL's numeric holds (its manual, 8.1.2): digits before and after the point.
const (
	mostBefore = 131_072
	mostAfter  = 16_383
)

// parts is a number taken apart: digits × 10^exponent.
type parts struct {
	negative      bool
	before, after string // digits on both sides of the point
	exponent      int    // as written; far beyond every limit it is only that far
	proper        bool   // written as JSON writes numbers
}

// takeApart reads what people and APIs write as a number: like JSON, and also +5, 007, .5 and 5.
func takeApart(s string) (parts, bool) {
	p := parts{proper: true}
	i := 0
	if s != "" && (s[0] == '-' || s[0] == '+') {
		p.negative, p.proper = s[0] == '-', s[0] == '-'
		i = 1
	}
	end := digits(s, i)
	p.before = s[i:end]
	if i = end; i < len(s) && s[i] == '.' {
		end = digits(s, i+1)
		p.after = s[i+1 : end]
		p.proper = p.proper && p.after != ""
		i = end
	}
	if p.before == "" && p.after == "" {
		return p, false
	}
	p.proper = p.proper && p.before != "" && (p.before == "0" || p.before[0] != '0')
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		from := i + 1
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if end = digits(s, i); end == i {
			return p, false
		}
		const far = 1_000_000
		n, err := strconv.Atoi(s[from:end])
		if err != nil { // too many digits
			if n = far; s[from] == '-' {
				n = -far
			}
		}
		p.exponent = min(max(n, -far), far)
		i = end
	}
	return p, i == len(s)
}

// decimal gives a number with all its digits, as JSON writes numbers.
func decimal(s string) (any, error) {
	p, ok := takeApart(s)
	switch {
	case !ok:
		return nil, fmt.Errorf("%s is no number", preview(s))
	case !p.storable():
		return nil, errTooLarge(s)
	case p.proper:
		return job.Decimal(s), nil
	}
	var b strings.Builder
	if p.negative {
		b.WriteByte('-')
	}
	before := strings.TrimLeft(p.before, "0")
	if before == "" {
		before = "0"
	}
	b.WriteString(before)
	if p.after != "" {
		b.WriteString("." + p.after)
	}
	if p.exponent != 0 {
		b.WriteString("e" + strconv.Itoa(p.exponent))
	}
	return job.Decimal(b.String()), nil
}

func errTooLarge(s string) error {
	return fmt.Errorf("%s has more digits than a table can store", preview(s))
}

// storable reports whether PostgreSQL takes it without rounding.
func (p parts) storable() bool {
	return len(strings.TrimLeft(p.before, "0"))+p.exponent <= mostBefore && len(p.after)-p.exponent <= mostAfter
}

// integer gives a whole number of 64 bits. 12.0 and 1e3 are whole numbers.
func integer(s string) (any, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, nil
	} else if errors.Is(err, strconv.ErrRange) {
		return nil, fmt.Errorf("%s does not fit into 64 bits", preview(s))
	}
	p, ok := takeApart(s)
	if !ok {
		return nil, fmt.Errorf("%s is no number", preview(s))
	}
	all, shift := p.before+p.after, p.exponent-len(p.after)
	if strings.Trim(all, "0") == "" {
		return int64(0), nil
	}
	for ; shift < 0; shift++ {
		short, whole := strings.CutSuffix(all, "0")
		if !whole {
			return nil, fmt.Errorf("%s is no whole number", preview(s))
		}
		all = short
	}
	all = strings.TrimLeft(all, "0")
	if len(all)+shift > 19 { // 2^63 has 19 digits
		return nil, fmt.Errorf("%s does not fit into 64 bits", preview(s))
	}
	all += strings.Repeat("0", shift)
	if p.negative {
		all = "-" + all
	}
	n, err := strconv.ParseInt(all, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%s does not fit into 64 bits", preview(s))
	}
	return n, nil
}
