package pages

import (
	"bytes"
	"slices"
)

// What follows goes through JSON that was found valid before: it looks for the ends of values and checks nothing.

// find gives the value at a path of fields. Of fields with the same name the last one counts, as in encoding/json. held
// is the value at which the path ended too early, because it is neither an object nor null; both are nil when there is
// simply no such field.
func find(valid []byte, path []string) (value, held []byte) {
	i := space(valid, 0)
	at := valid[i:skip(valid, i)]
	for _, name := range path {
		if at[0] != '{' {
			if at[0] == 'n' {
				return nil, nil
			}
			return nil, at
		}
		if at = member(at, name); at == nil {
			return nil, nil
		}
	}
	return at, nil
}

// member gives the value of the last field of this name in an object.
func member(object []byte, name string) (value []byte) {
	i := space(object, 1)
	for object[i] != '}' {
		end := skip(object, i)
		key := object[i:end]
		start := space(object, space(object, end)+1)
		end = skip(object, start)
		if named(key, name) {
			value = object[start:end]
		}
		if i = space(object, end); object[i] == ',' {
			i = space(object, i+1)
		}
	}
	return value
}

// named compares a key as it was written with a name.
func named(key []byte, name string) bool {
	if bare := key[1 : len(key)-1]; bytes.IndexByte(bare, '\\') < 0 {
		return string(bare) == name
	}
	return text(key) == name
}

// elements gives the values in an array.
func elements(array []byte) [][]byte {
	var all [][]byte
	i := space(array, 1)
	for array[i] != ']' {
		end := skip(array, i)
		all = append(all, slices.Clip(array[i:end]))
		if i = space(array, end); array[i] == ',' {
			i = space(array, i+1)
		}
	}
	return all
}

// space gives the place of the next byte that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// skip gives the place behind the value that begins here. It needs no stack: only brackets are counted.
func skip(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipText(b, i)
	case '{', '[':
		for depth := 0; i < len(b); {
			switch b[i] {
			case '"':
				i = skipText(b, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return i
	}
	for i < len(b) && b[i] > ' ' && b[i] != ',' && b[i] != ']' && b[i] != '}' {
		i++
	}
	return i
}

// skipText gives the place behind the text that begins here.
func skipText(b []byte, i int) int {
	for i++; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		i += n
		slashes := 0
		for b[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i + 1
		}
	}
}
