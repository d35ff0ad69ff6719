//! Mistakes, one a line, each with the sentence that it earns.

/// (what stands in the small file, what stands there instead, the sentence).
pub(super) const CASES: &[(&str, &str, &str)] = &[
    (r#"nodes = 3"#, r#"nodez = 3"#, r#"my.toml:6:1: unknown key `nodez` in [cluster]; did you mean `nodes`?"#),
    (
        r#"nodes = 3"#,
        r#"nodes = 3
elections = 5"#,
        r#"my.toml:7:1: unknown key `elections` in [cluster]; known: `addressing`, `links`, `lists`, `nodes`, `ports`, `voters`"#,
    ),
    (
        r#"nodes = 3"#,
        r#"nodes = "3""#,
        r#"my.toml:6:9: `nodes` in [cluster] is a string; write an integer from 1 to 100"#,
    ),
    (r#"nodes = 3"#, r#"nodes = 0"#, r#"my.toml:6:9: `nodes` in [cluster] is 0; write an integer from 1 to 100"#),
    (r#"nodes = 3"#, r#"nodes = -1"#, r#"my.toml:6:9: `nodes` in [cluster] is -1; write an integer from 1 to 100"#),
    (
        r#"nodes = 3"#,
        r#"nodes = 1000000000000"#,
        r#"my.toml:6:9: `nodes` in [cluster] is 1000000000000; write an integer from 1 to 100"#,
    ),
    (
        r#"nodes = 3"#,
        r#"nodes = ["a", "b", "a"]"#,
        r#"my.toml:6:20: `nodes` in [cluster] names the node `a` twice; every node needs a name of its own"#,
    ),
    (r#"nodes = 3"#, r#"nodes = []"#, r#"my.toml:6:9: `nodes` in [cluster] is empty; a cluster has at least 1 node"#),
    (
        r#"nodes = 3"#,
        r#"nodes = ["a/b"]"#,
        r#"my.toml:6:10: `nodes` in [cluster] has the name "a/b"; a name is 1 to 40 letters, digits, `-` or `_`"#,
    ),
    (
        r#"nodes = 3"#,
        r#"nodes = 3
nodes = 4"#,
        r#"my.toml:7:1: this is not TOML at `nodes`: duplicate key; correct that line"#,
    ),
    (
        r#"schema = 1"#,
        r#"schema = 2"#,
        r#"my.toml:1:10: `schema` in the file is not 1; this version reads system files of schema 1"#,
    ),
    (
        r#"schema = 1
"#,
        r#""#,
        r#"my.toml:1:1: the file has no `schema`; add for example: schema = 1"#,
    ),
    (
        r#"schema = 1"#,
        r#"schema = "#,
        r#"my.toml:1:10: this is not TOML: string values must be quoted, expected literal string; correct that line"#,
    ),
    (r#"name = "small""#, r#"name = 7"#, r#"my.toml:2:8: `name` in the file is an integer; write a string in quotes"#),
    (
        r#"name = "small""#,
        r#"name = "a b""#,
        r#"my.toml:2:8: `name` in the file has the name "a b"; a name is 1 to 40 letters, digits, `-` or `_`"#,
    ),
    (
        r#"[params]
election = "150ms..300ms"
"#,
        r#"[params]
election = ["150ms"]
"#,
        r#"my.toml:4:12: `election` in [params] is an array; write a string in quotes"#,
    ),
    (
        r#"command = ["node", "{name}"]
"#,
        r#""#,
        r#"my.toml:13:1: [node] has no `command`; add for example: command = ["my-node", "--name={name}"]"#,
    ),
    (
        r#"command = ["node", "{name}"]"#,
        r#"command = "node --name={name}""#,
        r#"my.toml:14:11: `command` in [node] is a string; write an array of arguments such as ["my-node", "--name={name}"], since there is no shell"#,
    ),
    (
        r#"command = ["node", "{name}"]"#,
        r#"command = []"#,
        r#"my.toml:14:11: `command` in [node] has no program; its first element is the program to run"#,
    ),
    (
        r#"command = ["node", "{name}"]"#,
        r#"command = ["node", 7]"#,
        r#"my.toml:14:20: `command` in [node] is an integer; write a string in quotes"#,
    ),
    (
        r#""{name}"]"#,
        r#""{nam}"]"#,
        r#"my.toml:14:20: `command` in [node] uses `{nam}`, which is no substitution; there are {id} {name} {ip} {data} {listen.PORT} {dial.PORT} {port.PORT} {param.NAME} {members} {peers}, and a literal brace is written twice"#,
    ),
    (
        r#""{name}"]"#,
        r#""{param.elections}"]"#,
        r#"my.toml:14:20: `command` in [node] uses `{param.elections}`, and [params] has no `elections`; did you mean `election`?"#,
    ),
    (
        r#""{name}"]"#,
        r#""{listen.client}"]"#,
        r#"my.toml:14:20: `command` in [node] uses `{listen.client}`, and `ports` in [cluster] has no `client`; known: `peer`"#,
    ),
    (
        r#""{name}"]"#,
        r#""{dial.per}"]"#,
        r#"my.toml:14:20: `command` in [node] uses `{dial.per}`, and `ports` in [cluster] has no `per`; did you mean `peer`?"#,
    ),
    (
        r#""{name}"]"#,
        r#""{peers}"]"#,
        r#"my.toml:14:20: `command` in [node] uses `{peers}`, and the list `peers` has no `join`; add one, or write "{peers...}" as an argument of its own"#,
    ),
    (
        r#""{name}"]"#,
        r#""--peers={peers...}"]"#,
        r#"my.toml:14:20: `command` in [node] has `{peers...}` inside "--peers={peers...}"; it must be an argument of its own"#,
    ),
    (
        r#""{name}"]"#,
        r#""{members...}"]"#,
        r#"my.toml:14:20: `command` in [node] uses `{members...}`, and the list `members` has a `join`; write {members}"#,
    ),
    (
        r#""{name}"]"#,
        r#""{name"]"#,
        r#"my.toml:14:20: `command` in [node] has a `{` that is never closed in "{name"; a literal brace is written twice, `{{`"#,
    ),
    (
        r#""{name}"]"#,
        r#""name}"]"#,
        r#"my.toml:14:20: `command` in [node] has a `}` without a `{` in "name}"; a literal brace is written twice, `}}`"#,
    ),
    (
        r#"[node]
"#,
        r#"[node]
env = { PEERS = "{peers...}" }
"#,
        r#"my.toml:14:17: `PEERS` in `env` in [node] uses `{peers...}`, which only a command can; give the list `peers` a `join`"#,
    ),
    (
        r#"[node]
"#,
        r#"[node]
env = { "A=B" = "x" }
"#,
        r#"my.toml:14:9: `A=B` in `env` in [node] is not the name of a variable; it must not hold `=`"#,
    ),
    (
        r#"[node]
"#,
        r#"[node]
stop = { signal = "KILL" }
"#,
        r#"my.toml:14:19: `signal` in `stop` in [node] is "KILL"; write "TERM", "INT", "QUIT", "HUP", "USR1" or "USR2""#,
    ),
    (
        r#"[node]
"#,
        r#"[node]
stop = { grace = "5 parsecs" }
"#,
        r#"my.toml:14:18: `grace` in `stop` in [node] is "5 parsecs", which is not a time; write a time in quotes such as "50ms" or "5s""#,
    ),
    (
        r#"[node]
"#,
        r#"[node]
stop = { grace = "0s" }
"#,
        r#"my.toml:14:18: `grace` in `stop` in [node] is "0s"; write a time of more than 0 and at most 24h"#,
    ),
    (
        r#"[node]
"#,
        r#"[node]
stop = { grace = 5 }
"#,
        r#"my.toml:14:18: `grace` in `stop` in [node] is an integer; write a time in quotes such as "50ms" or "5s""#,
    ),
    (
        r#"[node]
"#,
        r#"[nodes]
"#,
        r#"my.toml:13:2: unknown key `nodes` in the file; did you mean `node`?"#,
    ),
    (
        r#"links = ["peer"]"#,
        r#"links = ["pear"]"#,
        r#"my.toml:8:10: `links` in [cluster] names the port `pear`, and `ports` in [cluster] has none; did you mean `peer`?"#,
    ),
    (
        r#"links = ["peer"]"#,
        r#"links = "peer""#,
        r#"my.toml:8:9: `links` in [cluster] is a string; write an array of port names such as ["peer"]"#,
    ),
    (
        r#"ports = { peer = 7000 }"#,
        r#"ports = { peer = 70000 }"#,
        r#"my.toml:7:18: `peer` in `ports` in [cluster] is 70000; write an integer from 1 to 65535"#,
    ),
    (
        r#"ports = { peer = 7000 }"#,
        r#"ports = { peer = 7000, client = 7000 }"#,
        r#"my.toml:7:18: `peer` in `ports` in [cluster] is 7000, as is `client`; give every port a number of its own"#,
    ),
    (
        r#""per-link""#,
        r#""perlink""#,
        r#"my.toml:9:14: `addressing` in [cluster] is "perlink"; write "per-link" or "global""#,
    ),
    (
        r#"of = "others""#,
        r#"of = "other""#,
        r#"my.toml:11:16: `of` in the list `peers` is "other"; write "all" or "others""#,
    ),
    (
        r#"each = "{name}={dial.peer}""#,
        r#"each = "{members}""#,
        r#"my.toml:11:33: `each` in the list `peers` uses `{members}`, which is no substitution; there are {id} {name} {ip} {data} {listen.PORT} {dial.PORT} {port.PORT} {param.NAME}, and a literal brace is written twice"#,
    ),
    (
        r#"peers = { of"#,
        r#"name = { of"#,
        r#"my.toml:11:1: `name` in [cluster.lists] has the name of a substitution; give the list another name"#,
    ),
    (
        r#"[node]
"#,
        r#"[ready]
http = { url = "https://{listen.peer}/health" }
[node]
"#,
        r#"my.toml:14:16: `url` in `http` in [ready] asks over https, and the harness speaks plain http only; have nodes serve http in runs"#,
    ),
    (
        r#"[node]
"#,
        r#"[ready]
http = { url = "http://{listen.peer}/health", json = "health" }
[node]
"#,
        r#"my.toml:14:54: `json` in `http` in [ready] is "health", which is no JSON pointer; write "/health""#,
    ),
    (
        r#"[node]
"#,
        r#"[ready]
http = { url = "http://{listen.peer}/health", json = "/health" }
[node]
"#,
        r#"my.toml:14:54: `json` in `http` in [ready] has no `equals` beside it; say what the value must be, such as equals = "true""#,
    ),
    (
        r#"[node]
"#,
        r#"[ready]
tcp = "{listen.peer}"
observation = true
[node]
"#,
        r#"my.toml:13:1: [ready] has more than one sign; keep one of `http`, `tcp` and `observation`"#,
    ),
    (
        r#"[node]
"#,
        r#"[claims]
grade = "perfect"
[node]
"#,
        r#"my.toml:14:9: `grade` in [claims] is "perfect"; write "clean", "clique" or "hub""#,
    ),
    (
        r#"[node]
"#,
        r#"[claims]
judged = ["election-savety"]
[node]
"#,
        r#"my.toml:14:11: `judged` in [claims] names `election-savety`, which is no checker; did you mean `election-safety`?"#,
    ),
    (
        r#"[node]
"#,
        r#"[claims]
survives = ["kill"]
[node]
"#,
        r#"my.toml:14:13: `survives` in [claims] names `kill`, which is no fault outside Raft's model; known: `corrupt`, `wipe`, `lost-writes`, `power-cut`, `fsync-fails`, `disk-full`, `slow-fsync`, `disk-hangs`, `read-only`"#,
    ),
    (
        r#"[node]
"#,
        r#"[claims]
reelection = "soon"
[node]
"#,
        r#"my.toml:14:14: `reelection` in [claims] is "soon", which is not a time; write a time in quotes such as "50ms" or "5s""#,
    ),
    (
        r#"[node]
"#,
        r#"[claims]
stability = "once"
[node]
"#,
        r#"my.toml:14:13: `stability` in [claims] is a string; write an integer from 0 to 1000000"#,
    ),
    (
        r#"[node]
"#,
        r#"[claims]
clique-when = { prevot = "true" }
[node]
"#,
        r#"my.toml:14:17: `prevot` in `clique-when` in [claims] is no parameter of [params]; known: `election`"#,
    ),
    (
        r#"[node]
"#,
        r#"[claims]
timing = { election = "{param.election}ms", heartbeat = "50ms" }
[node]
"#,
        r#"my.toml:14:23: `election` in `timing` in [claims] is "150ms..300msms", which is no range of times; write one such as 150ms..300ms"#,
    ),
    (
        r#"[node]
"#,
        r#"[claims]
timing = { election = "{param.election}" }
[node]
"#,
        r#"my.toml:14:1: `timing` in [claims] has no `heartbeat`; add for example: heartbeat = "{param.heartbeat}""#,
    ),
    (
        r#"[node]
"#,
        r#"[claims]
timing = { election = "{name}", heartbeat = "50ms" }
[node]
"#,
        r#"my.toml:14:23: `election` in `timing` in [claims] uses `{name}`; a claim is the same for every node and may use only {param.NAME}"#,
    ),
    (
        r#"[[observe]]
kind = "events"
"#,
        r#""#,
        r#"my.toml:1:1: the file has no [[observe]], so nothing would be seen; add for example: [[observe]] with kind = "events""#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "event""#,
        r#"my.toml:16:8: `kind` in [[observe]] is "event"; write "events", "status", "lines", "http" or "exec""#,
    ),
    (
        r#"kind = "events""#,
        r#"every = "50ms""#,
        r#"my.toml:15:1: [[observe]] has no `kind`; add for example: kind = "events""#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
every = "50ms""#,
        r#"my.toml:17:1: unknown key `every` in [[observe]]; known: `complete`, `durable`, `durable-when`, `evidence`, `kind`, `name`, `none`, `when`"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[observe]]
kind = "events""#,
        r#"my.toml:17:1: `observe` in the file has two observers named `events`; give one of them another `name`"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "status"
evidence = "atomic""#,
        r#"my.toml:17:12: `evidence` in [[observe]] is "atomic", which no poll can be; write "sampled""#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "status"
port = "client""#,
        r#"my.toml:17:8: `port` in [[observe]] names the port `client`, and `ports` in [cluster] has none; known: `peer`"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "syslog"
rules = [{ re = '(?P<term>1)' }]"#,
        r#"my.toml:17:10: `source` in [[observe]] is "syslog"; write "stdout", "stderr", or a file such as "{data}/node.log""#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stderr"
rules = [{ re = 'became (?P<role' }]"#,
        r#"my.toml:18:17: `re` in a rule of [[observe]] is no regular expression: unclosed capture group name"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stderr"
rules = [{ re = '(?P<trem>1)' }]"#,
        r#"my.toml:18:17: `re` in a rule of [[observe]] has the group `trem`, which is no field; known: `self`, `role`, `term`, `vote`, `leader`"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stderr"
rules = [{ re = 'leader' }]"#,
        r#"my.toml:18:17: `re` in a rule of [[observe]] has no named group and its rule no `role`; name one, such as (?P<term>\d+)"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stderr"
rules = []"#,
        r#"my.toml:18:9: `rules` in [[observe]] is empty, so nothing would be seen; add at least one rule"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "http"
request = "{listen.peer}"
term = "/term""#,
        r#"my.toml:17:11: `request` in [[observe]] is not a method and an address; write it as "GET http://{listen.client}/status""#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "http"
request = "GET http://{listen.peer}/""#,
        r#"my.toml:15:1: [[observe]] of kind "http" reads no field; add for example: term = "/term""#,
    ),
];
