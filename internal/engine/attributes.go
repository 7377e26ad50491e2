package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/pawl-ops/pawl/job"
)

// attributes are the search attributes of a run: see package job.
func attributes() map[string]enumspb.IndexedValueType {
	return map[string]enumspb.IndexedValueType{
		job.AttributeJob:       enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		job.AttributeRequester: enumspb.INDEXED_VALUE_TYPE_KEYWORD,
		job.AttributeHeld:      enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
	}
}

// ensureAttributes makes the search attributes that the namespace lacks. A
// namespace made by Start has them from the beginning; on any other it takes a
// second or so until new ones can be used.
func ensureAttributes(ctx context.Context, c client.Client, namespace string) error {
	have, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("listing the search attributes of namespace %q: %w", namespace, err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, want := range attributes() {
		got, ok := have.GetCustomAttributes()[name]
		if !ok {
			missing[name] = want
		} else if got != want {
			return fmt.Errorf("search attribute %s of namespace %q is a %s and must be a %s: use another namespace", name, namespace, got, want)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if err != nil {
		return fmt.Errorf("adding search attributes to namespace %q: %w; somebody who may can run: %s", namespace, err, createCommand(namespace, missing))
	}
	return nil
}

func createCommand(namespace string, missing map[string]enumspb.IndexedValueType) string {
	var b strings.Builder
	fmt.Fprintf(&b, "temporal operator search-attribute create --namespace %s", namespace)
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		fmt.Fprintf(&b, " --name %s --type %s", name, missing[name])
	}
	return b.String()
}
