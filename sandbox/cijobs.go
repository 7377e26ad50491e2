package sandbox

import (
	"time"

	"github.com/pawl-ops/pawl/sandbox/apps"
	"github.com/pawl-ops/pawl/sandbox/jenkins"
)

// shopJobs are what the company builds. VERSION "broken" is one whose tests fail. A version whose image is stored can be
// deployed: store is told of it.
func shopJobs(store func(version string)) []jenkins.Job {
	run := jenkins.Param{Name: "PAWL_RUN_ID", Description: "Who asked for this build. Pawl tells its own builds apart by it."}
	version := jenkins.Param{Name: "VERSION", Default: apps.Newest, Description: "The version to build."}
	return []jenkins.Job{
		{
			Name: "shop/build", Description: "Builds the shop and stores the image.",
			Params: []jenkins.Param{
				{Name: "VERSION", Description: "The version to build; empty: the next one."},
				{Name: "BRANCH", Description: "Build this branch, and not master."},
				{Name: "PR", Description: "Build this pull request: its number."},
				run,
			},
			Display: "$VERSION", Vars: shopVersion, Brings: shopChanges, First: firstBuild, History: shopHistory(),
			Stages: []jenkins.Stage{
				{Name: "Check out", Takes: 2 * time.Second, Log: []string{"+ git checkout v$VERSION", "HEAD is now at $HEAD"}},
				{Name: "Compile", Takes: 7 * time.Second, Log: []string{
					"+ make build VERSION=$VERSION", "compiling search", "compiling invoices", "compiling cart", "compiling the front page",
					"412 files compiled, nothing to complain about", "build/shop-$VERSION: 38 MB",
				}},
				{Name: "Unit tests", Takes: 7 * time.Second, Fails: "VERSION=broken", Log: []string{
					"+ make test", "search: 214 tests", "invoices: 96 tests", "cart: 131 tests", "front page: 58 tests", "499 tests, 41 s of work on 4 machines",
				}},
				{
					Name: "Store the image", Takes: 4 * time.Second,
					Log: []string{
						"+ make image VERSION=$VERSION", "layer 1 of 3 is there already", "layer 2 of 3 is there already", "layer 3 of 3: 38 MB stored", "registry.acme.example/shop:$VERSION",
					},
					Then: func(value func(string) string) { store(value("VERSION")) },
				},
			},
		},
		{
			Name: "shop/smoke", Description: "Looks whether an environment answers as it should.", Concurrent: true,
			Params: []jenkins.Param{{Name: "ENVIRONMENT", Kind: jenkins.Choice, Choices: []string{"staging", "master"}, Description: "Where to look."}, run},
			Stages: []jenkins.Stage{
				{Name: "Front page", Takes: 2 * time.Second, Log: []string{"+ smoke --only front $ENVIRONMENT", "GET / 200 in 48 ms"}},
				{Name: "Search", Takes: 3 * time.Second, Log: []string{"+ smoke --only search $ENVIRONMENT", "GET /search?q=teapot 200 in 71 ms", "12 teapots"}},
				{Name: "Checkout", Takes: 3 * time.Second, Log: []string{"+ smoke --only checkout $ENVIRONMENT", "POST /cart 201 in 33 ms", "POST /pay 200 in 210 ms", "all well"}},
			},
		},
		{
			Name: "shop/release", Description: "Makes a version the one that customers can download.", Params: []jenkins.Param{version, run},
			Stages: []jenkins.Stage{
				{Name: "Sign", Takes: 4 * time.Second, Log: []string{"+ sign shop-$VERSION", "signed with the key of 2024"}},
				{
					Name: "Publish", Takes: 5 * time.Second, Log: []string{"+ publish shop-$VERSION", "38 MB sent to 4 mirrors", "published"},
					Input: &jenkins.Input{ID: "publish", Message: "Publish $VERSION to all customers?", OK: "Publish it"},
				},
				{Name: "Tell customers", Takes: 3 * time.Second, Log: []string{"+ newsletter --release $VERSION", "3,120 messages queued"}},
			},
		},
	}
}
