package reconcile

import "github.com/licensectl/licensectl/pkg/graph"

// NewWriter gives the writing half of a tenant. Only what carries an approved
// plan out asks for it.
func NewWriter(c *Connection) (*graph.Writer, error) {
	writer, err := graph.NewWriter(c.target.Graph)
	if err != nil {
		return nil, c.misaddressed(err)
	}
	return writer, nil
}
