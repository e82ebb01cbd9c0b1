// Package emulator is Microsoft Graph v1.0 and the Entra token service in
// memory, as far as licensing reaches: an http.Handler with state, as strict
// as the real service where its answer is known, and stricter where it is not.
// It counts seats live, checks usage locations and service plans, tells direct
// licenses from inherited ones, processes group licenses later, throttles, and
// fails on demand.
//
// It makes licensectl usable without a tenant and is the far end of its tests.
// It must not know what a manifest, a plan or a receipt is: of this project it
// imports the vocabulary alone, so that a mistake of the tool cannot hide in a
// mistake shared with its counterpart. What it does, and how well the real
// behaviour is known, is listed line by line in docs/emulator.md.
//
// In a test of a program that speaks to Graph, [New] makes a tenant, and then
//
//   - [Emulator.Client] is an http.Client that is signed in and needs no network,
//   - [Emulator.Transport] answers a client that signs in by itself, as those of
//     azidentity do, for every host,
//   - httptest.NewServer(e), or httptest.NewTLSServer(e), serves it to a program
//     that takes an address: its Graph root is the server's URL with "/v1.0", its
//     authority host the URL. [Emulator.AppToken] saves the sign-in.
//
// [Emulator.User], [Emulator.SKUs], [Emulator.Requests] and [Emulator.Counters]
// tell what came of it, [Emulator.Inject] has something go wrong, and
// [Emulator.SetLicenses] and its like are somebody else who changes the tenant.
package emulator
