// One node of Canonical's libraft (dqlite's) that says what it does: node DATA ID ID=ADDRESS...
//
// All of it runs in one thread. It tells its state before every message that leaves it, and in every turn of the loop. The library keeps the
// address of an older leader beside a new term, so a leader counts only once it has sent entries of this term.
#include <raft.h>
#include <raft/uv.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct raft raft;
static struct raft_io io;
static raft_id leader;        // who has sent entries,
static raft_term leader_term; // and of which term they were
static int (*send_message)(struct raft_io *, struct raft_io_send *, const struct raft_message *, raft_io_send_cb);
static int (*start_io)(struct raft_io *, unsigned, raft_io_tick_cb, raft_io_recv_cb);
static raft_io_recv_cb receive;

static const char *name(raft_id id, char *text) {
    sprintf(text, id == 0 ? "null" : "\"n%llu\"", id);
    return text;
}

// One whole line by one write, if anything has changed since the last.
static void tell(void) {
    static char last[256];
    char state[256], line[320], vote[32], led[32];
    struct timespec now;
    const char *role = "follower";
    raft_id known = leader_term == raft.current_term ? leader : 0;
    if (raft.state == RAFT_CANDIDATE) role = raft.candidate_state.in_pre_vote ? "precandidate" : "candidate";
    if (raft.state == RAFT_LEADER) role = "leader", known = raft.id;
    if (raft.state == RAFT_CANDIDATE) known = 0;
    snprintf(state, sizeof state, "{\"role\":\"%s\",\"term\":%llu,\"vote\":%s,\"leader\":%s", role, raft.current_term,
             name(raft.voted_for, vote), name(known, led));
    if (raft.state == RAFT_UNAVAILABLE || strcmp(state, last) == 0) return;
    strcpy(last, state);
    clock_gettime(CLOCK_MONOTONIC, &now);
    int length = snprintf(line, sizeof line, "%s,\"at\":%" PRId64 "}\n", state, now.tv_sec * INT64_C(1000000000) + now.tv_nsec);
    if (write(1, line, length) != length) abort();
}

static int told(struct raft_io *to, struct raft_io_send *request, const struct raft_message *message, raft_io_send_cb done) {
    tell();
    return send_message(to, request, message, done);
}

static void received(struct raft_io *from, struct raft_message *message) {
    raft_id sender = message->server_id;
    raft_term term = message->type == RAFT_IO_APPEND_ENTRIES ? message->append_entries.term : 0;
    receive(from, message);
    if (term == raft.current_term) leader = sender, leader_term = term;
    tell();
}

static int started(struct raft_io *to, unsigned every, raft_io_tick_cb tick, raft_io_recv_cb callback) {
    receive = callback;
    return start_io(to, every, tick, received);
}

static void turn(uv_check_t *check) {
    (void)check;
    tell();
}

static int apply(struct raft_fsm *fsm, const struct raft_buffer *entry, void **result) {
    (void)fsm, (void)entry;
    *result = NULL;
    return 0;
}

static void check(int code, const char *what) {
    if (code == 0) return;
    fprintf(stderr, "%s: %s\n", what, raft_strerror(code));
    exit(1);
}

int main(int count, char **words) {
    static struct raft_uv_transport transport;
    static struct raft_fsm machine = {.version = 1, .apply = apply};
    static uv_loop_t loop;
    static uv_check_t turns;
    struct raft_configuration members;
    const char *self = NULL;
    raft_id id = strtoull(words[2], NULL, 10);

    signal(SIGPIPE, SIG_IGN); // as its example/server.c does
    raft_configuration_init(&members);
    for (int i = 3; i < count; i++) {
        char *address = strchr(words[i], '=');
        raft_id member = strtoull(words[i], NULL, 10);
        check(raft_configuration_add(&members, member, address + 1, RAFT_VOTER), "member");
        if (member == id) self = address + 1;
    }
    uv_loop_init(&loop);
    check(raft_uv_tcp_init(&transport, &loop), "transport");
    check(raft_uv_init(&io, &loop, words[1], &transport), "io");
    send_message = io.send, io.send = told;
    start_io = io.start, io.start = started;
    check(raft_init(&raft, &io, &machine, id, self), "init");
    raft_set_pre_vote(&raft, true); // as its example/server.c and dqlite do
    int code = raft_bootstrap(&raft, &members);
    if (code != RAFT_CANTBOOTSTRAP) check(code, "bootstrap");
    check(raft_start(&raft), "start");
    tell();
    uv_check_init(&loop, &turns);
    uv_check_start(&turns, turn);
    return uv_run(&loop, UV_RUN_DEFAULT);
}
