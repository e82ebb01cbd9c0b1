package cli

// ciSystem names the variables in which a CI system tells who started a job
// and from which commit.
type ciSystem struct {
	actor, commit string
}

// ciSystems are the systems that are known: GitHub Actions, GitLab, Azure
// Pipelines, Jenkins (with its user-vars plugin), each by its documentation of
// predefined variables.
func ciSystems() []ciSystem {
	return []ciSystem{
		{actor: "GITHUB_ACTOR", commit: "GITHUB_SHA"},
		{actor: "GITLAB_USER_LOGIN", commit: "CI_COMMIT_SHA"},
		{actor: "BUILD_REQUESTEDFOR", commit: "BUILD_SOURCEVERSION"},
		{actor: "BUILD_USER_ID", commit: "GIT_COMMIT"},
	}
}

// provenance tells who applies what, as far as a CI system says so.
func (e Env) provenance() (actor, commit string) {
	for _, system := range ciSystems() {
		actor, commit = e.getenv(system.actor), e.getenv(system.commit)
		if actor != "" || commit != "" {
			return actor, commit
		}
	}
	return "", ""
}
