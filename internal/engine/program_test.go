//go:build !slim

package engine

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBuildID(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	require.NoError(t, err)
	id, err := buildID(self)
	require.NoError(t, err)
	require.Regexp(t, "^[0-9a-f]{32}$", id)
	again, err := buildID("/proc/self/exe")
	require.NoError(t, err)
	require.Equal(t, id, again)

	text := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(text, []byte("#!/bin/sh\n"), 0o600))
	_, err = buildID(text)
	require.ErrorContains(t, err, "reading the build id")
}

// An ELF note of the linker, and pieces of it.
func FuzzDescription(f *testing.F) {
	note := []byte("\x04\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00Go\x00\x00a/b")
	desc, ok := description(note, binary.LittleEndian)
	require.True(f, ok)
	require.Equal(f, "a/b", string(desc))
	for n := range note {
		f.Add(note[:n])
	}
	f.Add(note)
	f.Fuzz(func(t *testing.T, note []byte) {
		desc, ok := description(note, binary.LittleEndian)
		require.Equal(t, ok, len(desc) > 0)
	})
}

// Only a program that adopted the runs is spared the guard, and only itself.
func TestUpgraded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	is := func(program string) *Engine { return &Engine{dir: dir, program: program, server: &embedded{}} }
	require.True(t, is("one").Upgraded(), "nobody adopted them")
	require.NoError(t, is("one").Adopt())
	require.False(t, is("one").Upgraded())
	require.True(t, is("two").Upgraded())
	require.NoError(t, is("two").Adopt())
	require.True(t, is("one").Upgraded(), "back to the old one is a change too")
	require.NoError(t, is("").Adopt())
	require.True(t, is("").Upgraded(), "a program without an identity is never known")
	require.True(t, is("two").Upgraded(), "and whoever follows it is checked")
	require.True(t, (&Engine{program: "one"}).Upgraded(), "on a cluster others work too")
	require.NoError(t, (&Engine{program: "one"}).Adopt())
}
