package auth

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// prompt tells the user where to sign in. The text is the service's and goes
// to a terminal, so it is made one harmless line.
func (m maker) prompt(_ context.Context, code azidentity.DeviceCodeMessage) error {
	text := oneLine(code.Message)
	if text == "" {
		text = "To sign in, open " + oneLine(code.VerificationURL) + " and enter the code " + oneLine(code.UserCode)
	}
	_, err := fmt.Fprintln(m.Prompt, text)
	return err
}
