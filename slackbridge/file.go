package slackbridge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/pawl-ops/pawl/internal/board"
	"github.com/pawl-ops/pawl/job"
	"github.com/slack-go/slack"
)

const (
	maxFile     = 1 << 20 // bytes shown of what is uploaded; Slack takes 1 MB as a snippet people can read in place
	fileHead    = maxFile / 8
	maxFileName = 100
	maxTitled   = 200
)

// ErrEmptyFile says that there is nothing to upload: Slack takes no empty files.
var ErrEmptyFile = errors.New("the file is empty")

// File shares a text as a file in a place: a log that is too long for a message. name is its file name, title what people
// see above it. Of a text longer than 1 MiB the middle is left out. It returns ErrEmptyFile, or what Post returns; after
// *board.AmbiguousError the file may be there. The place's thread is used while it is there, and the conversation after.
func (p *Poster) File(ctx context.Context, place job.Place, name, title string, content []byte) error {
	content = readable(content)
	if len(bytes.TrimSpace(content)) == 0 {
		return fmt.Errorf("uploading %s: %w", fileName(name), ErrEmptyFile)
	}
	channel, err := p.conversation(ctx, place.Channel, board.First)
	if err != nil {
		return fmt.Errorf("uploading %s: %w", fileName(name), err)
	}
	id, err := p.upload(ctx, fileName(name), content)
	if err != nil {
		return fmt.Errorf("uploading %s: %w", fileName(name), err)
	}
	share := slack.CompleteUploadExternalParameters{
		Files:   []slack.FileSummary{{ID: id, Title: clip(board.PlainText(title), maxTitled)}},
		Channel: channel, ThreadTimestamp: p.homes.of(job.Place{Channel: channel, Thread: place.Thread}, ""),
	}
	const method = "files.completeUploadExternal"
	err = p.call(ctx, method, board.First, func() error {
		_, err := p.api.CompleteUploadExternalContext(ctx, share)
		return err
	})
	var unclear *board.AmbiguousError
	if errors.As(err, &unclear) && p.shared(ctx, id) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sharing %s: %w", fileName(name), err)
	}
	return nil
}

// upload brings the bytes to Slack, where nobody sees them yet: doing that twice does no harm.
func (p *Poster) upload(ctx context.Context, name string, content []byte) (id string, err error) {
	var to *slack.GetUploadURLExternalResponse
	err = p.call(ctx, "files.getUploadURLExternal", board.First, func() (err error) {
		to, err = p.api.GetUploadURLExternalContext(ctx, slack.GetUploadURLExternalParameters{FileName: name, FileSize: len(content)})
		return err
	})
	if err != nil {
		return "", err
	}
	// slack-go sends our token along, and only ever to Slack or the API we were pointed at.
	err = p.api.UploadToURL(ctx, slack.UploadToURLParameters{UploadURL: to.UploadURL, Filename: name, Reader: bytes.NewReader(content)})
	if err = calling("upload", err); err != nil {
		return "", err
	}
	return to.FileID, nil
}

// shared reports whether a file whose sharing was answered unclearly is shared all the same. Sharing takes Slack a
// moment: it looks for viruses first.
func (p *Poster) shared(ctx context.Context, id string) bool {
	for wait := 200 * time.Millisecond; wait < 2*time.Second; wait *= 2 {
		if !pause(ctx, wait) {
			return false
		}
		var f *slack.File
		err := p.call(ctx, "files.info", board.First, func() (err error) {
			f, _, _, err = p.api.GetFileInfoContext(ctx, id, 1, 1)
			return err
		})
		if err == nil && len(f.Channels)+len(f.Groups)+len(f.IMs) > 0 {
			return true
		}
	}
	return false
}

// fileName is a name that means nothing to any shell, path or header.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '-'
	}, path.Base(strings.ReplaceAll(name, "\\", "/")))
	name = strings.Trim(name, ".-")
	if len(name) > maxFileName {
		name = strings.Trim(name[len(name)-maxFileName:], ".-") // the end tells what kind of file it is
	}
	if name == "" {
		return "log.txt"
	}
	return name
}

// readable is a text without what a terminal would obey, and without its middle when it is very long.
func readable(content []byte) []byte {
	if len(content) > maxFile {
		head, tail := content[:fileHead], content[len(content)-(maxFile-fileHead):]
		left := fmt.Sprintf("\n\n... %d bytes left out ...\n\n", len(content)-maxFile)
		content = bytes.Join([][]byte{head, []byte(left), tail}, nil)
	}
	return []byte(board.Clean(string(content)))
}
