//go:build !linux

package terminal

import (
	"errors"
	"net"
)

// uidOf lets nobody in where the kernel is not asked yet.
func uidOf(*net.UnixConn) (uint32, error) {
	return 0, errors.New("who connected is asked on Linux only")
}
