package traffic

import (
	"context"
	"errors"
	"net/http"

	"github.com/pawl-ops/pawl/job"
)

var errCaddy = errors.New("caddy is not there yet")

func newClient() *http.Client { return &http.Client{} }

func (b *Balancers) caddyActive(context.Context, job.Traffic) (string, error) { return "", errCaddy }
func (b *Balancers) caddySettle(context.Context, job.Traffic, string) (string, error) {
	return "", errCaddy
}
func (b *Balancers) caddyDrained(context.Context, job.Traffic, string) (int, error) {
	return 0, errCaddy
}
func (b *Balancers) caddyCount(context.Context, job.Traffic, string) (Count, error) {
	return Count{}, errCaddy
}
func (b *Balancers) caddySwitch(context.Context, job.Traffic, Switch) error { return errCaddy }
