package manifest

import (
	"iter"
	"sync"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
)

// parsers is how many parts of files are parsed at once, if there are as many
// processors.
const parsers = 8

// How much text is parsed and not read yet, in bytes. A syntax tree is a dozen
// times as large as its text, and memory that nobody has used yet costs the system
// time: more than enoughAhead is ahead only where that is less than fewParts, which
// keep some processors busy, and never more than mostAhead, but for a part that is
// larger by itself.
const (
	enoughAhead = 1 << 20
	fewParts    = 4
	mostAhead   = 12 << 20
)

// parsedFile is a file whose parts are being parsed.
type parsedFile struct {
	path   string
	sha256 string
	errs   strictyaml.Errors          // of the file as a whole
	parts  iter.Seq[*strictyaml.Part] // in the order of the file, each parsed
}

// parseAhead parses files on all processors, document by document, and calls
// read for each file in order, which has to go through its parts. What comes
// of it does not depend on the number of processors.
func parseAhead(files []File, read func(*parsedFile)) {
	jobs := make(chan job)
	queue := make(chan *queuedFile, len(files))
	ahead := newAllowance()
	var running sync.WaitGroup
	for range parsers {
		running.Go(func() {
			for j := range jobs {
				j.part.Parse()
				close(j.done)
			}
		})
	}
	running.Go(func() {
		defer close(jobs)
		for _, f := range files {
			q := split(f)
			queue <- q
			for _, j := range q.jobs {
				ahead.take(j.part.Size())
				jobs <- j
			}
		}
	})
	for range files {
		q := <-queue
		read(q.file(ahead))
	}
	running.Wait()
}

// job is one part to parse.
type job struct {
	part *strictyaml.Part
	done chan struct{} // closed when it is parsed
}

// queuedFile is a file that was cut into its parts.
type queuedFile struct {
	parsedFile
	jobs []job
}

func split(f File) *queuedFile {
	q := &queuedFile{parsedFile: parsedFile{path: f.Path, sha256: f.Source().SHA256}}
	for _, part := range strictyaml.Split(f.Path, f.Data, &q.errs) {
		q.jobs = append(q.jobs, job{part: part, done: make(chan struct{})})
	}
	return q
}

// file gives the parts in order, each as soon as it is parsed, and lets go of
// them one by one.
func (q *queuedFile) file(ahead *allowance) *parsedFile {
	q.parts = func(yield func(*strictyaml.Part) bool) {
		for i, j := range q.jobs {
			<-j.done
			q.jobs[i].part = nil
			if !yield(j.part) {
				return
			}
			ahead.giveBack(j.part.Size())
		}
	}
	return &q.parsedFile
}

// allowance is how much may be ahead.
type allowance struct {
	mu    sync.Mutex
	freed sync.Cond
	parts int // that are ahead
	bytes int // of these parts
}

func newAllowance() *allowance {
	a := &allowance{}
	a.freed.L = &a.mu
	return a
}

// take waits until a part of n bytes may be ahead.
func (a *allowance) take(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for a.isFull(a.bytes + n) {
		a.freed.Wait()
	}
	a.parts++
	a.bytes += n
}

// isFull reports whether it has to wait for others that so many bytes are ahead.
func (a *allowance) isFull(bytes int) bool {
	return a.parts > 0 && bytes > enoughAhead && (a.parts >= fewParts || bytes > mostAhead)
}

func (a *allowance) giveBack(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.parts--
	a.bytes -= n
	a.freed.Signal()
}
