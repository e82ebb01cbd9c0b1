package doctor

import "github.com/licensectl/licensectl/pkg/internal/quantity"

func (j *diagnosis) local() {
	l := j.facts.Local
	j.add(Local, IDManifests, l.manifests())
	j.add(Local, IDState, l.state())
	j.add(Local, IDLock, l.lock())
}

func (l LocalFacts) manifests() finding {
	switch {
	case l.ManifestProblem != nil:
		return failed(*l.ManifestProblem)
	case l.Manifests == "":
		return skipped("there is no folder of manifests here")
	}
	text := l.Manifests + ": " + quantity.Of(l.Documents, "document") + ", no errors"
	if l.Sample {
		text += "; they are those of the demo"
	}
	return ok(text)
}

func (l LocalFacts) state() finding {
	if l.StateProblem != nil {
		return failed(*l.StateProblem)
	}
	return ok(l.StateFolder + " can be written")
}

func (l LocalFacts) lock() finding {
	if l.Locked {
		return warned(Problem{"another apply runs in this folder", "wait until it has ended"})
	}
	return ok("no apply runs in this folder")
}
