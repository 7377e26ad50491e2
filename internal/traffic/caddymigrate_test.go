package traffic_test

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/pawl-ops/pawl/internal/testneed"
)

// migrate is the setting docs/traffic.md recommends for the host of a Caddy.
const migrate = "/proc/sys/net/ipv4/tcp_migrate_req"

// whereConnectionsAreHandedOver has the test run once more in a process with a network of its own, with the setting, and reports
// whether this is that process. In the other one the test has passed there when it returns.
func whereConnectionsAreHandedOver(t *testing.T) bool {
	t.Helper()
	const inside = "PAWL_TEST_ON_A_NETWORK"
	if os.Getenv(inside) != "" {
		require.NoError(t, loopbackUp())
		require.NoError(t, os.WriteFile(migrate, []byte("1"), 0), "Linux 5.14 has it")
		return true
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if id := os.Geteuid(); id != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: id, Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		testneed.LeftOut(t, "no network of its own can be made here: "+err.Error())
	}
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
	return false
}

// loopbackUp switches on the only interface a new network has.
func loopbackUp() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}
