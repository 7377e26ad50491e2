package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"golang.org/x/sync/errgroup"

	"github.com/pawl-ops/pawl/job"
)

// pair is the same question asked of Pawl and of the bare engine.
type pair struct {
	board, floor []time.Duration
}

// pace is how far commands are apart when one is typed after the other.
const pace = 500 * time.Millisecond

// oneByOne types commands, each when there is nothing else to do, and between two of them asks the bare engine.
func oneByOne(ctx context.Context, f *fleet, bare *floor, n int) (p pair, err error) {
	tick := time.NewTicker(pace / 2)
	defer tick.Stop()
	next := func() error {
		select {
		case <-tick.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	const warm = 5 // the first ones open connections and fill caches, on both sides
	for i := range warm + n {
		c, err := f.slack.types(ctx, i, "bench")
		if err != nil {
			return p, err
		}
		board, err := c.board(ctx, 30*time.Second)
		if err != nil {
			return p, err
		}
		if err := next(); err != nil {
			return p, err
		}
		least, err := bare.once(ctx)
		if err != nil {
			return p, err
		}
		if err := next(); err != nil {
			return p, err
		}
		if i >= warm {
			p.board, p.floor = append(p.board, board), append(p.floor, least)
		}
	}
	return p, nil
}

// atOnce types many commands in the same moment. Slack takes minutes to take so many boards, so the time that counts is
// when their activity begins to post them. The bare engine goes first. turned is how many were answered instead, with a
// request to try again: on a machine that is too slow for so many a start may not be known to have worked in time.
func atOnce(ctx context.Context, f *fleet, bare *floor, n int) (p pair, turned int, err error) {
	p.floor, err = together(n, func(int) (time.Duration, error) { return bare.once(ctx) })
	if err != nil {
		return p, 0, err
	}
	commands := make([]command, n)
	_, err = together(n, func(i int) (_ time.Duration, err error) {
		commands[i], err = f.slack.types(ctx, i, "bench")
		return 0, err
	})
	if err != nil {
		return p, 0, err
	}
	begun, grown := map[job.Key]time.Time{}, time.Now() // the first time counts: who waits for Slack for long begins anew
	err = until(ctx, 3*time.Minute, time.Second, "every command has a board or an answer", func() error {
		now, err := postings(ctx, bare.client)
		if err != nil {
			return err
		}
		for key, at := range now {
			if before, seen := begun[key]; !seen {
				begun[key], grown = at, time.Now()
			} else if at.Before(before) {
				begun[key] = at
			}
		}
		turned = 0
		for _, c := range commands {
			if begun[c.key()].IsZero() && len(c.now().said) > 0 {
				turned++
			}
		}
		// An answer may be that it is not confirmed yet, and then a run comes of it after all.
		if len(begun) < n && (len(begun)+turned < n || time.Since(grown) < 20*time.Second) {
			return fmt.Errorf("of %d %d have a board and %d an answer", n, len(begun), turned)
		}
		return nil
	})
	for _, c := range commands {
		if at := begun[c.key()]; !at.IsZero() {
			p.board = append(p.board, at.Sub(stamp(c.ts)))
		}
	}
	return p, turned, err
}

// together does something n times at once.
func together(n int, do func(i int) (time.Duration, error)) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	var g errgroup.Group
	for i := range n {
		g.Go(func() (err error) {
			took[i], err = do(i)
			return err
		})
	}
	return took, g.Wait()
}

// postings says of every run of our job when it began to post its board.
func postings(ctx context.Context, c client.Client) (map[job.Key]time.Time, error) {
	begun := map[job.Key]time.Time{}
	page, err := c.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000, Query: "WorkflowType = 'bench'"})
	if err != nil {
		return nil, fmt.Errorf("listing the runs: %w", err)
	}
	for _, x := range page.GetExecutions() {
		var key job.Key
		if err := converter.GetDefaultDataConverter().FromPayload(x.GetMemo().GetFields()[job.MemoKey], &key); err != nil {
			return nil, fmt.Errorf("reading the key of %s: %w", x.GetExecution().GetWorkflowId(), err)
		}
		at, err := posting(ctx, c, x.GetExecution().GetWorkflowId())
		if err != nil {
			return nil, err
		}
		if !at.IsZero() {
			begun[key] = at
		}
	}
	return begun, nil
}

// posting is when a run began to post its board, from what is under way or from its history; zero when it did not yet.
func posting(ctx context.Context, c client.Client, id string) (time.Time, error) {
	d, err := c.DescribeWorkflowExecution(ctx, id, "")
	if err != nil {
		return time.Time{}, fmt.Errorf("describing %s: %w", id, err)
	}
	for _, a := range d.GetPendingActivities() {
		if a.GetActivityType().GetName() == "PostBoard" {
			if a.GetLastStartedTime() == nil {
				return time.Time{}, nil
			}
			return a.GetLastStartedTime().AsTime(), nil
		}
	}
	scheduled := map[int64]bool{}
	events := c.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return time.Time{}, fmt.Errorf("reading the history of %s: %w", id, err)
		}
		if a := e.GetActivityTaskScheduledEventAttributes(); a.GetActivityType().GetName() == "PostBoard" {
			scheduled[e.GetEventId()] = true
		}
		if a := e.GetActivityTaskStartedEventAttributes(); scheduled[a.GetScheduledEventId()] {
			return e.GetEventTime().AsTime(), nil
		}
	}
	return time.Time{}, nil
}

// key is what the run of a command has in its memo: team, channel and ts of the message.
func (c command) key() job.Key {
	return job.Key(strings.Join([]string{team, c.channel, c.ts}, ":"))
}
