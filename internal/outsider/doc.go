// Package outsider does what docs/adding-a-job.md says, to the letter, as a company does that has nothing of this
// repository but the module: a program of its own, a job, its transcript, jobcheck.
//
// It is a package of its own because it mostly compiles and links, while the tests in internal/e2e measure.
package outsider
