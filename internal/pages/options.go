package pages

import (
	"cmp"
	"context"
	"net/http"
	"time"
)

// Options are the limits and manners of a Reader. What is zero is taken from the defaults in brackets.
type Options struct {
	LargestPage   int64         // bytes of one answer, unpacked (32 MB; a quarter of it when Records is more than a plain path)
	LargestRecord int           // bytes of one record (8 MB)
	MostPages     int           // of one sync (100,000)
	Timeout       time.Duration // from asking to the last byte of the answer (60 s)
	Tries         int           // how often one page is asked for while the other side is broken (5)
	FirstWait     time.Duration // before the second try; every further one doubles it (1 s)
	LongestWait   time.Duration // between two tries when the other side does not say how long (30 s)
	Patience      time.Duration // all waiting for one page (5 min); who tells us to wait longer gets a fault at once

	// OnWait is told, before every wait that people may notice, why and for how long: "HubSpot asks us to wait 10 s".
	OnWait func(why string, d time.Duration)

	Transport http.RoundTripper                                // how requests travel (HTTP, with the proxy of the environment)
	Sleep     func(ctx context.Context, d time.Duration) error // waits, or gives the error of the context that ended
	Now       func() time.Time                                 // what time it is
}

func (o Options) withDefaults() Options {
	o.LargestPage = cmp.Or(o.LargestPage, 32<<20)
	o.LargestRecord = cmp.Or(o.LargestRecord, 8<<20)
	o.MostPages = cmp.Or(o.MostPages, 100_000)
	o.Timeout = cmp.Or(o.Timeout, time.Minute)
	o.Tries = cmp.Or(o.Tries, 5)
	o.FirstWait = cmp.Or(o.FirstWait, time.Second)
	o.LongestWait = cmp.Or(o.LongestWait, 30*time.Second)
	o.Patience = cmp.Or(o.Patience, 5*time.Minute)
	if o.OnWait == nil {
		o.OnWait = func(string, time.Duration) {}
	}
	if o.Transport == nil {
		o.Transport = transport()
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// transport is the usual one, of our own so that closing its connections touches nobody else's, and with headers that end.
func transport() http.RoundTripper {
	usual, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t := usual.Clone()
	t.MaxResponseHeaderBytes = 64 << 10
	return t
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
