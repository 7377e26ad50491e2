package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// format is the version of the form of a backup.
const format = 1

const (
	manifestName = "manifest.json"
	// mostManifest is the size in bytes of the largest manifest, and mostFiles how many files it may name.
	mostManifest, mostFiles = 1 << 20, 100
)

// Manifest says what is in a backup. It is the first file of the archive, so that it is read at once.
type Manifest struct {
	Format int       `json:"format"`
	Made   time.Time `json:"made"`           // the moment whose copy it is
	Pawl   string    `json:"pawl"`           // the version of the program that made it
	Engine string    `json:"engine"`         // the version of the engine whose data are in it; empty: none are
	Left   []string  `json:"left,omitempty"` // sentences: what is elsewhere
	Files  []File    `json:"files"`
}

// File is one file of a backup.
type File struct {
	Name   string `json:"name"` // below the data directory
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

func engineOf(stamp []byte) string {
	var s struct {
		Engine string `json:"engine"`
	}
	_ = json.Unmarshal(stamp, &s) // the engine itself refuses a stamp it cannot read
	return s.Engine
}

func describe(dir, name string) (File, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return File{}, err
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	return File{Name: name, Size: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// pack writes the archive and makes it survive a loss of power.
func pack(path, dir string, m Manifest) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	zip, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return err
	}
	out := tar.NewWriter(zip)
	content, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := add(out, manifestName, int64(len(content)), m.Made, bytes.NewReader(content)); err != nil {
		return err
	}
	for _, file := range m.Files {
		if err := addFile(out, dir, file, m.Made); err != nil {
			return err
		}
	}
	if err := errors.Join(out.Close(), zip.Close()); err != nil {
		return err
	}
	return f.Sync()
}

func addFile(out *tar.Writer, dir string, file File, made time.Time) error {
	f, err := os.Open(filepath.Join(dir, file.Name))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return add(out, file.Name, file.Size, made, f)
}

func add(out *tar.Writer, name string, size int64, made time.Time, content io.Reader) error {
	if err := out.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: made, Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	_, err := io.Copy(out, content)
	return err
}

// Read gives the manifest of a backup, without looking at what follows.
func Read(path string) (Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return Manifest{}, fmt.Errorf("opening the backup: %w", err)
	}
	defer func() { _ = f.Close() }()
	_, _, m, err := start(f)
	if err != nil {
		return Manifest{}, fmt.Errorf("reading the backup %s: %w", path, err)
	}
	return m, nil
}

// errNone is a file that never was a backup.
var errNone = errors.New("it is no backup of Pawl")

// start reads the manifest, and gives what follows it, in files and as a whole.
func start(f io.Reader) (in *tar.Reader, all io.Reader, m Manifest, err error) {
	zip, err := gzip.NewReader(f)
	if err != nil {
		return nil, nil, Manifest{}, errNone
	}
	in = tar.NewReader(zip)
	head, err := in.Next()
	if err != nil || head.Name != manifestName || head.Size > mostManifest {
		return nil, nil, Manifest{}, errNone
	}
	if err := json.NewDecoder(in).Decode(&m); err != nil {
		return nil, nil, Manifest{}, errNone
	}
	switch {
	case m.Format > format:
		return nil, nil, Manifest{}, fmt.Errorf("a newer Pawl made it (%s): restore it with that version", m.Pawl)
	case m.Format != format || len(m.Files) > mostFiles:
		return nil, nil, Manifest{}, errNone
	}
	return in, zip, m, nil
}

// unpack holds every file of a backup to its manifest, and writes it below dir; with an empty dir it only looks.
func unpack(ctx context.Context, path, dir string) (Manifest, error) {
	f, err := os.Open(path)
	if err != nil {
		return Manifest{}, err
	}
	defer func() { _ = f.Close() }()
	in, all, m, err := start(f)
	if err != nil {
		return Manifest{}, err
	}
	for _, want := range m.Files {
		if err := ctx.Err(); err != nil {
			return Manifest{}, err
		}
		head, err := in.Next()
		switch {
		case err != nil:
			return Manifest{}, fmt.Errorf("it is damaged: it ends before %s", want.Name)
		case head.Name != want.Name || head.Size != want.Size || head.Typeflag != tar.TypeReg || !filepath.IsLocal(want.Name) || strings.HasPrefix(want.Name, "."):
			return Manifest{}, fmt.Errorf("it is damaged: %q is not what its manifest says", head.Name)
		}
		if err := one(in, want, dir); err != nil {
			return Manifest{}, err
		}
	}
	if _, err := in.Next(); !errors.Is(err, io.EOF) {
		return Manifest{}, errors.New("it is damaged: something follows that its manifest does not name")
	}
	// The last checksum comes behind the last file.
	if _, err := io.CopyN(io.Discard, all, mostManifest); !errors.Is(err, io.EOF) {
		return Manifest{}, errors.New("it is damaged: it does not end as it should")
	}
	return m, nil
}

// one reads one file of the archive.
func one(in io.Reader, want File, dir string) (err error) {
	sum := sha256.New()
	to := io.Writer(sum)
	if dir != "" {
		path := filepath.Join(dir, want.Name)
		if err := write(path, nil); err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Sync(), f.Close()) }()
		to = io.MultiWriter(sum, f)
	}
	if _, err := io.CopyN(to, in, want.Size); err != nil {
		return fmt.Errorf("it is damaged: reading %s: %w", want.Name, err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != want.SHA256 {
		return fmt.Errorf("it is damaged: the checksum of %s is another one", want.Name)
	}
	return nil
}
