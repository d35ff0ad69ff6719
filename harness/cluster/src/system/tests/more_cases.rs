//! Mistakes in auxiliary processes, files, logs, provocations, `spread` and `own`: what is replaced in the small file, by
//! what, and the sentence that this earns.

pub(super) const MORE_CASES: &[(&str, &str, &str)] = &[
    (
        "nodes = 3",
        r#"nodes = 3
voters = []"#,
        "my.toml:7:10: `voters` in [cluster] is empty, and no node could be elected; leave it out if all nodes vote",
    ),
    (
        "nodes = 3",
        r#"nodes = 3
voters = ["n1", "n1"]"#,
        "my.toml:7:17: `voters` in [cluster] names `n1` twice; every voter votes once",
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
command = ["x"]"#,
        r#"my.toml:17:1: [[aux]] has no `name`; add for example: name = "primary""#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
name = "a""#,
        r#"my.toml:17:1: [[aux]] has no `command`; add for example: command = ["my-node", "--name={name}"]"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
name = "n2"
command = ["x"]"#,
        r#"my.toml:18:8: `name` in [[aux]] is `n2`, which is the name of a node; give it another"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
name = "a"
command = ["x"]
[[aux]]
name = "a"
command = ["x"]"#,
        r#"my.toml:21:8: `name` in [[aux]] names the auxiliary process `a` twice; give one another name"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
name = "a"
command = []"#,
        r#"my.toml:19:11: `command` in [[aux]] has no program; its first element is the program to run"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
name = "a"
command = ["x"]
reday = "{listen.peer}""#,
        r#"my.toml:20:1: unknown key `reday` in [[aux]]; did you mean `ready`?"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
name = "a"
command = ["x", "{aux.b.ip}"]"#,
        r#"my.toml:19:17: `command` in [[aux]] uses `{aux.b.ip}`, and there is no [[aux]] named `b`; did you mean `a`?"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
name = "a"
command = ["x"]
logs = ["x.log"]"#,
        r#"my.toml:20:9: `logs` in [[aux]] is "x.log"; write the path of a file such as "{data}/node.log""#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[aux]
name = "a""#,
        r#"my.toml:17:1: `aux` in the file is a table; write tables, each headed [[aux]]"#,
    ),
    (
        r#"command = ["node", "{name}"]"#,
        r#"command = ["node", "{name}"]
[node.files]
"../b" = "x""#,
        r#"my.toml:16:1: `../b` in `files` is not the name of a file in {data}, such as "conf/node.conf"; it may not lead out of it"#,
    ),
    (
        r#"command = ["node", "{name}"]"#,
        r#"command = ["node", "{name}"]
[node.files]
"/etc/b" = "x""#,
        r#"my.toml:16:1: `/etc/b` in `files` is not the name of a file in {data}, such as "conf/node.conf"; it may not lead out of it"#,
    ),
    (
        r#"command = ["node", "{name}"]"#,
        r#"command = ["node", "{name}"]
[node.files]
"node.conf" = "port {listen.client}""#,
        r#"my.toml:16:15: `node.conf` in `files` uses `{listen.client}`, and `ports` in [cluster] has no `client`; known: `peer`"#,
    ),
    (
        r#"command = ["node", "{name}"]"#,
        r#"command = ["node", "{name}"]
[node.files]
"node.conf" = "{ open""#,
        r#"my.toml:16:15: `node.conf` in `files` has a `{` that is never closed in "{ open"; a literal brace is written twice, `{{`"#,
    ),
    (
        r#"command = ["node", "{name}"]"#,
        r#"command = ["node", "{name}"]
[node.files]
"node.conf" = 7"#,
        r#"my.toml:16:15: `node.conf` in `files` is an integer; write a string in quotes"#,
    ),
    (
        r#"command = ["node", "{name}"]"#,
        r#"command = ["node", "{name}"]
logs = "{data}/x.log""#,
        r#"my.toml:15:8: `logs` in [node] is a string; write an array of files such as ["{data}/node.log"]"#,
    ),
    (
        r#"command = ["node", "{name}"]"#,
        r#"command = ["node", "{name}"]
logs = ["{data}/{param.nmae}.log"]"#,
        r#"my.toml:15:9: `logs` in [node] uses `{param.nmae}`, and [params] has no `nmae`; known: `election`"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[claims.timing]
election = "{param.election}"
heartbeat = "50ms"
spread = 0"#,
        r#"my.toml:20:10: `spread` in `timing` in [claims] is 0; write an integer from 1 to 1000"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[claims.timing]
election = "{param.election}"
heartbeat = "50ms"
spread = "2""#,
        r#"my.toml:20:10: `spread` in `timing` in [claims] is a string; write an integer from 1 to 1000"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[claims.timing]
election = "{param.election}"
heartbeat = "50ms"
spraed = 2"#,
        r#"my.toml:20:1: unknown key `spraed` in `timing` in [claims]; did you mean `spread`?"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stderr"
rules = [{ re = 'voted (?P<term>\d+)', own = true }]"#,
        r#"my.toml:18:17: `re` in a rule of [[observe]] has no group `vote` or `leader`, which `own` needs; name one, such as (?P<vote>\w+)"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stderr"
rules = [{ re = 'voted for (?P<vote>\w+)', own = "yes" }]"#,
        r#"my.toml:18:50: `own` in a rule of [[observe]] is a string; write true or false"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stderr"
rules = [{ re = 'leads', role = "leader", remember = true }]"#,
        r#"my.toml:18:17: `re` in a rule of [[observe]] has no group `term`, which `remember` needs; name one, such as (?P<term>\d+)"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[claims]
occasional-leaders = true
judged = ["election-safety", "re-election"]"#,
        r#"my.toml:19:10: `judged` in [claims] names `re-election`, which needs a leader that stands, beside `occasional-leaders = true`; remove one of them"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
name = "a"
command = ["x"]
[provoke]
pause = ["a"]"#,
        r#"my.toml:20:1: `provoke` in the file provokes elections of a system that must have a leader at all times; remove it, or say `occasional-leaders = true` in [claims]"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
name = "a"
command = ["x"]
[provoke]
pause = ["b"]
[claims]
occasional-leaders = true"#,
        r#"my.toml:21:10: `pause` in [provoke] names `b`, which no [[aux]] has; did you mean `a`?"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
name = "a"
command = ["x"]
[provoke]
pause = []
[claims]
occasional-leaders = true"#,
        r#"my.toml:21:9: `pause` in [provoke] is empty, so nothing would be provoked; name at least one auxiliary process"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
name = "a"
command = ["x"]
[provoke]
pause = ["a"]
every = "1s"
[claims]
occasional-leaders = true"#,
        r#"my.toml:20:1: `provoke` in the file pauses for 2s every 1s; make `for` shorter than `every`"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[[aux]]
name = "a"
command = ["x"]
[provoke]
pause = ["a"]
fro = "1s"
[claims]
occasional-leaders = true"#,
        r#"my.toml:22:1: unknown key `fro` in [provoke]; known: `every`, `for`, `pause`"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[provoke]
every = "1s"
[claims]
occasional-leaders = true"#,
        r#"my.toml:17:1: [provoke] has no `pause`; add for example: pause = ["primary"]"#,
    ),
    (
        r#"[[observe]]"#,
        r#"[node.first]
comand = ["x"]
[[observe]]"#,
        r#"my.toml:16:1: unknown key `comand` in [node.first]; did you mean `command`?"#,
    ),
    (
        r#"[[observe]]"#,
        r#"[node.n1]
[[observe]]"#,
        r#"my.toml:15:1: [node.n1] has no `command`; add for example: command = ["my-node", "--init"]"#,
    ),
    (
        r#"[[observe]]"#,
        r#"[node.m1]
command = ["x"]
[[observe]]"#,
        r#"my.toml:15:7: unknown key `m1` in [node]; known: `capabilities`, `command`, `env`, `files`, `first`, `logs`, `omit`, `stop`, `writable`"#,
    ),
    (
        r#"[node]
"#,
        r#"[node]
omit = { prevote = "x" }
"#,
        r#"my.toml:14:10: `prevote` in `omit` in [node] is no parameter of [params]; known: `election`"#,
    ),
    (
        r#"[[observe]]"#,
        r#"[once]
command = ["x"]
node = "m1"
[[observe]]"#,
        r#"my.toml:17:8: `node` in [once] names `m1`, which is no node; write the name of one, such as "n1""#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stderr"
rules = [{ re = 'x (?P<term>\d+)', radix = 12 }]"#,
        r#"my.toml:18:44: `radix` in a rule of [[observe]] is 12; write 10 or 16"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stderr"
rules = [{ re = 'x (?P<role>\w+)', shift = 32 }]"#,
        r#"my.toml:18:17: `re` in a rule of [[observe]] has no group `term`, which `radix` and `shift` are about; name one, such as (?P<term>\w+)"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stderr"
roles = { LEADING = "boss" }"#,
        r#"my.toml:18:21: `LEADING` in `roles` in [[observe]] is "boss"; known: `follower`, `precandidate`, `candidate`, `leader`"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stdout"
whole = true"#,
        r#"my.toml:18:9: `whole` in [[observe]] reads all of a file at once, and a stream has no end; give a file as `source`"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "{data}/x"
evidence = "atomic"
whole = true"#,
        r#"my.toml:18:12: `evidence` in [[observe]] is "atomic", which a file that is read whole now and then cannot be; write "sampled""#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stdout"
rewritten = "replay""#,
        r#"my.toml:18:13: `rewritten` in [[observe]] is "replay", and a stream is never rewritten; give a file as `source`"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "lines"
source = "stdout"
json = {}
rules = [{ re = 'x (?P<term>\d+)' }]"#,
        r#"my.toml:15:1: `json` in [[observe]] has no `message` for the `re` of a rule; add for example: message = "/msg""#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
durable-when = [">=1.2"]"#,
        r#"my.toml:17:1: `durable-when` in [[observe]] needs to know the version; say in [version] how it is learnt"#,
    ),
    (
        r#"kind = "events""#,
        r#"kind = "events"
[version]
command = ["x"]
re = 'v'"#,
        r#"my.toml:19:6: `re` in [version] has no group `version`; name it, such as (?P<version>[0-9.]+)"#,
    ),
];
