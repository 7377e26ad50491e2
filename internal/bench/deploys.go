package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/pawl-ops/pawl/internal/crowd"
)

// Users of the environment that is deployed to: 16 who ask 20 times a second.
const (
	shop      = "staging"
	shopUsers = 16
	userEvery = 50 * time.Millisecond
)

// deploys gives users one version after the other, and looks at it with their eyes.
func deploys(ctx context.Context, f *fleet, t *table) error {
	users := crowd.Send(ctx, crowd.Place{URL: f.world.Apps.Proxy(shop).URL + "/", Users: shopUsers, Every: userEvery})
	defer users.Home()
	var typed []deployed
	for n := range deploysOf {
		version := []string{"2024.52", "2024.51"}[n%2] // what is built and ready; users begin with the second
		c, err := f.slack.types(ctx, 0, "deploy "+shop+" "+version)
		if err != nil {
			return err
		}
		if err := c.ended(ctx, 2*time.Minute); err != nil {
			return fmt.Errorf("deploying %s: %w", version, err)
		}
		typed = append(typed, deployed{version, stamp(c.ts)})
	}
	all := users.Home()
	took, failed, err := seen(all, typed)
	if err != nil {
		return err
	}
	t.times("deploy -> users have the version", took, 1, "", fmt.Sprintf("%d deploys: until the first answer of it; it is started, and answers well 3 times, before", deploysOf))
	t.add("  requests that failed meanwhile", fmt.Sprint(failed), "", "0", fmt.Sprintf("of %d, %d users of the sandbox's load balancer", len(all), shopUsers))
	return nil
}

// deployed is a version, and when somebody typed that users are to have it.
type deployed struct {
	version string
	typed   time.Time
}

// seen says how long after each command users had its version, and how many requests failed.
func seen(all []crowd.Answer, typed []deployed) (took []time.Duration, failed int, err error) {
	had := map[string][]time.Time{} // when an answer of a version came
	for _, a := range all {
		var says struct{ Version string }
		if a.Err != nil || a.Status != http.StatusOK || json.Unmarshal([]byte(a.Body), &says) != nil {
			failed++
			continue
		}
		had[says.Version] = append(had[says.Version], a.Got)
	}
	for _, d := range typed {
		after := slices.DeleteFunc(slices.Clone(had[d.version]), func(at time.Time) bool { return at.Before(d.typed) })
		if len(after) == 0 {
			return nil, failed, errors.New("no user ever had " + d.version)
		}
		took = append(took, slices.MinFunc(after, time.Time.Compare).Sub(d.typed))
	}
	return took, failed, nil
}
