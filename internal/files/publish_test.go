package files

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pawl-ops/pawl/job"
)

func TestTheFormats(t *testing.T) {
	t.Parallel()
	columns := []job.Column{
		{Name: "a, b", Type: job.ColumnText},
		{Name: "whole", Type: job.ColumnInteger},
		{Name: "amount", Type: job.ColumnNumber},
		{Name: "yes", Type: job.ColumnBoolean},
		{Name: "at", Type: job.ColumnTime},
		{Name: "day", Type: job.ColumnDate},
		{Name: "j", Type: job.ColumnJSON},
	}
	moment := time.Date(2026, 11, 22, 0, 30, 0, 123456789, time.FixedZone("", 3600))
	rows := []job.Row{
		row("say \"hi\",\r\n<ü>", int64(-1<<63), job.Decimal("-12.50"), true, moment, moment, job.RawJSON("{ \"a\" :\n [1.0] }")),
		row("", nil, job.Decimal("1e9"), false, nil, nil, nil),
		row(nil, int64(0), nil, nil, nil, nil, job.RawJSON(`"x"`)),
		row(" =1+1", nil, nil, nil, nil, nil, nil),
	}
	for name, want := range map[string]string{
		"x.csv": "\"a, b\",whole,amount,yes,at,day,j\r\n" +
			"\"say \"\"hi\"\",\r\n<ü>\",-9223372036854775808,-12.50,true,2026-11-21T23:30:00.123456789Z,2026-11-21,\"{ \"\"a\"\" :\n [1.0] }\"\r\n" +
			"\"\",,1e9,false,,,\r\n,0,,,,,\"\"\"x\"\"\"\r\n\" =1+1\",,,,,,\r\n",
		"x.jsonl": `{"a, b":"say \"hi\",\r\n<ü>","whole":-9223372036854775808,"amount":-12.50,"yes":true,"at":"2026-11-21T23:30:00.123456789Z","day":"2026-11-21","j":{"a":[1.0]}}` + "\n" +
			`{"a, b":"","whole":null,"amount":1e9,"yes":false,"at":null,"day":null,"j":null}` + "\n" +
			`{"a, b":null,"whole":0,"amount":null,"yes":null,"at":null,"day":null,"j":"x"}` + "\n" +
			`{"a, b":" =1+1","whole":null,"amount":null,"yes":null,"at":null,"day":null,"j":null}` + "\n",
	} {
		s := deals(t, name)
		s.Columns = columns
		whole(t, s, "run-1", rows...)
		require.Equal(t, want, read(t, s))
	}
	s := deals(t, "one.csv")
	s.Columns = columns[:1]
	whole(t, s, "run-1", row(nil), row("x"), row(""))
	require.Equal(t, "\"a, b\"\r\n\"\"\r\nx\r\n\"\"\r\n", read(t, s), "an empty line would be skipped by readers")
}

func TestValuesThatCannotBeWrittenNameTheirRow(t *testing.T) {
	t.Parallel()
	s := deals(t, "x.jsonl")
	f := begin(t, s, "run-1", 1)
	for bad, why := range map[any]string{
		"a\x00":             "holds a NUL byte, which cannot be written.",
		"\xff":              "is not valid UTF-8.",
		job.Decimal("NaN"):  "is no number.",
		job.Decimal("null"): "is no number.",
		job.RawJSON("{"):    "is no JSON.",
		time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC): "is not between the years 1 and 9999.",
		3: "is a int, which nothing can be made of.",
	} {
		err := f.Write(t.Context(), []job.Row{row(int64(1), "x"), row(int64(1), bad)}, behind(f.at.Position, false, 2))
		requireFault(t, err, job.FaultData, "Row 2 of page 1: Stage "+why)
	}
	require.ErrorContains(t, f.Write(t.Context(), []job.Row{row(int64(1))}, behind(f.at.Position, false, 1)), "1 values for 2 columns")
	require.ErrorContains(t, f.Write(t.Context(), nil, behind(f.at.Position, false, 3)), "0 rows cannot lead from row 0 to row 3")
	write(t, f, true, row(int64(1), "x"))
	require.ErrorContains(t, f.Write(t.Context(), nil, behind(f.at.Position, true, 0)), "the last page is written already")
	require.NoError(t, f.Write(t.Context(), nil, f.at.Position), "the same again is no mistake")
	_, err := f.Publish(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{`{"id":1,"Stage":"x"}`, ""}, strings.Split(read(t, s), "\n"))
}

func TestPublishingTwiceIsPublishingOnce(t *testing.T) {
	t.Parallel()
	s := deals(t, "deals.csv")
	first := begin(t, s, "run-1", 1)
	_, _, ok, err := first.Last(t.Context())
	require.NoError(t, err)
	require.False(t, ok)
	_, err = first.Publish(t.Context())
	require.ErrorContains(t, err, "not all pages are written")
	write(t, first, false, row(int64(1), "won"))
	write(t, first, true, row(int64(2), "won"))
	would, err := first.Compare(t.Context())
	require.NoError(t, err)
	require.NoFileExists(t, s.To.File)
	did, err := first.Publish(t.Context())
	require.NoError(t, err)
	require.Equal(t, did, would)
	require.EqualValues(t, 2, did.Written)
	require.WithinDuration(t, time.Now(), did.AsOf, time.Minute)

	require.NoError(t, os.WriteFile(s.To.File, []byte("by hand"), 0o600))
	second := begin(t, s, "run-1", 2)
	require.Equal(t, did.Position, second.at.Position)
	again := func(f *File) {
		told, err := f.Publish(t.Context())
		require.NoError(t, err)
		require.Equal(t, did, told)
		told, err = f.Compare(t.Context())
		require.NoError(t, err)
		require.Equal(t, did, told)
		require.NoError(t, f.Abandon(t.Context()))
		require.ErrorContains(t, f.Write(t.Context(), nil, behind(did.Position, true, 0)), "the run is over")
	}
	again(first)
	again(second)
	require.Equal(t, "by hand", read(t, s))

	next := whole(t, s, "run-2", row(int64(3), "lost"))
	require.EqualValues(t, 2, next.Before)
	again(second)
	require.Equal(t, "id,Stage\r\n3,lost\r\n", read(t, s))
	last, run, ok, err := second.Last(t.Context())
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, "run-2", run)
	require.Equal(t, next, last)
	require.Equal(t, []string{"claim.json", "lock"}, beside(t, second), "nothing is left of the rows")
}

func TestThePlaceOfTheFileStaysAsItWas(t *testing.T) {
	t.Parallel()
	file, dir := filepath.Join(t.TempDir(), "deals.csv"), t.TempDir()
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.NoError(t, os.Chmod(file, 0o664))
	link := filepath.Join(dir, "link.csv")
	require.NoError(t, os.Symlink(file, link))
	s := dealsInto(link)
	whole(t, s, "run-1", row(int64(1), "won"))
	to, err := os.Readlink(link)
	require.NoError(t, err)
	require.Equal(t, file, to)
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o664), info.Mode())

	fresh := deals(t, "fresh.csv")
	whole(t, fresh, "run-1")
	info, err = os.Stat(fresh.To.File)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o644), info.Mode(), "others read it")
}

func TestAReaderNeverSeesHalfAFile(t *testing.T) {
	t.Parallel()
	s := deals(t, "deals.csv")
	page := func(run int) []job.Row {
		rows := make([]job.Row, 2000)
		for i := range rows {
			rows[i] = row(int64(run), "won")
		}
		return rows
	}
	size := len("id,Stage\r\n") + 2000*len("1,won\r\n")
	whole(t, s, "run-0", page(0)...)
	stop, seen := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			text, err := os.ReadFile(s.To.File)
			if err == nil && (len(text) != size || strings.Count(string(text), "\n"+string(text[10])+",won") != 2000) {
				err = fmt.Errorf("%d bytes, of which the last are %q", len(text), text[max(0, len(text)-20):])
			}
			if err != nil {
				seen <- err
				return
			}
			select {
			case <-stop:
				seen <- nil
				return
			default:
			}
		}
	}()
	for run := range 9 {
		whole(t, s, fmt.Sprint("run-", run+1), page(run+1)...)
	}
	close(stop)
	require.NoError(t, <-seen)
}

func TestFilesThatCannotBe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder.csv"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	for path, says := range map[string]string{
		"deals.csv":                "has to name its file with its whole path",
		dir + "/deals.xlsx":        "has to end in .csv or .jsonl",
		dir + "/nowhere/deals.csv": "is not there: make it.",
		dir + "/folder.csv":        "is no file",
		dir + "/file/deals.csv":    "is no folder",
	} {
		_, err := Open(dealsInto(path))
		requireFault(t, err, job.FaultOurs, says)
	}
	s := dealsInto(dir + "/deals.csv")
	s.To.Key = []string{"id"}
	_, err := Open(s)
	requireFault(t, err, job.FaultOurs, "a file is always replaced as a whole")
	s.To.Key, s.Columns[1].Name = nil, "id"
	_, err = Open(s)
	requireFault(t, err, job.FaultOurs, "two columns called id")

	f := &File{sync: dealsInto("/srv/deals.csv")}
	for errno, says := range map[syscall.Errno]string{
		syscall.ENOSPC: "The disk that /srv/deals.csv is on is full.",
		syscall.EROFS:  "The disk that /srv/deals.csv is on can only be read.",
		syscall.EACCES: "Pawl may not write /srv/deals.csv: it needs the right to write in its folder.",
		syscall.EIO:    "The file /srv/deals.csv cannot be written: input/output error.",
	} {
		requireFault(t, f.fault("writing", &os.PathError{Op: "write", Path: "/srv/x", Err: errno}), job.FaultOurs, says)
	}
}
