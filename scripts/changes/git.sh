# Prints the changes between two versions, out of a git repository on this host. It only reads.
#
# Reads: repository, the full path of a repository; tag, how versions are called in it, with {version} in its place
#        ("v{version}"); from and to, the two versions; without from, the newest changes are printed; most, how many
#        changes at most (200)
# Says:  change ID<TAB>AUTHOR<TAB>TITLE for each, the newest first. The title of a merge is followed by what its
#        message says it is about: "Merge pull request #12 from acme/search: Faster search"
#        problem, when the repository or a version is not there
# A version that is no tag may also be the name of a commit, in hex.
set -u
export LC_ALL=C GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_PAGER=cat GIT_CONFIG_NOSYSTEM=1

tag=${tag:-'{version}'}
most=${most:-200}
tab=$(printf '\t')

problem() {
	printf 'pawl: problem %s\n' "$*"
	exit 1
}

case ${repository-} in
/*) ;;
*) problem "I was not told which repository has the changes." ;;
esac
command -v git >/dev/null 2>&1 || problem "There is no git on this host, so nobody can tell the changes."
cd "$repository" 2>/dev/null || problem "There is no repository at $repository."
said=$(git rev-parse --git-dir 2>&1) || problem "git cannot read $repository: $(printf '%s\n' "$said" | head -n 1)"
case $most in
'' | *[!0-9]*) most=200 ;;
esac

# The commit of a version. What is typed is never taken for an option, nor for more than a name.
commit() {
	name=${tag%%'{version}'*}$1${tag#*'{version}'}
	git rev-parse --verify --quiet "refs/tags/$name^{commit}" && return
	case $1 in
	*[!0-9a-f]*) return 1 ;;
	???????*) git rev-parse --verify --quiet "$1^{commit}" ;;
	*) return 1 ;;
	esac
}

named() {
	case $1 in
	*[!A-Za-z0-9._/+-]* | *..*) problem "A version cannot be called $(printf %s "$1" | tr -cd 'A-Za-z0-9._/+-' | cut -c 1-60)." ;;
	esac
}

[ -n "${to-}" ] || problem "I was not told of which version to tell the changes."
named "$to"
last=$(commit "$to") || problem "There is no version $to in $repository: no tag is called ${tag%%'{version}'*}$to${tag#*'{version}'}."
range=$last
if [ -n "${from-}" ]; then
	named "$from"
	first=$(commit "$from") || problem "There is no version $from in $repository: no tag is called ${tag%%'{version}'*}$from${tag#*'{version}'}."
	range=$first..$last
fi

# A record begins with \001. What else may stand in a message is made plain before it becomes a line.
git log --max-count="$most" --topo-order --no-show-signature --no-color --format='%x01%h%x09%an%x09%s%n%b' "$range" -- |
	tr -d '\000\002-\010\013-\037' |
	awk -v tab="$tab" '
function flush() {
	if (id != "") {
		print "pawl: change " id tab author tab title
	}
	id = ""
}
substr($0, 1, 1) == "\001" {
	flush()
	line = substr($0, 2)
	n = index(line, tab)
	id = substr(line, 1, n - 1)
	line = substr(line, n + 1)
	n = index(line, tab)
	author = substr(line, 1, n - 1)
	title = substr(line, n + 1)
	gsub(tab, " ", title)
	merge = title ~ /^Merge pull request #[0-9]+ from / || title ~ /^Merged in .* \(pull request #[0-9]+\)$/
	next
}
merge && $0 ~ /[^ ]/ {
	gsub(tab, " ")
	title = title ": " $0
	merge = 0
}
END { flush() }
'
