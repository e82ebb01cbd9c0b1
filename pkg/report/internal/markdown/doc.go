// Package markdown writes pages that GitHub, GitLab and Azure DevOps read alike:
// blocks that share a budget of bytes, tables, and the two ways in which a
// stranger's text gets into one, Code and Prose.
//
// It must not know what a page is about.
package markdown
