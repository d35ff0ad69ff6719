//! The lists of words that the record has. What each means for a line stands at the line's type, in [`crate::entry`].

pub use workloads::Role;
use workloads::vocabulary;

vocabulary! {
    /// What an observation is worth.
    #[derive(Default)]
    Evidence {
        /// Role and term were read in one indivisible step, inside the transition itself.
        Atomic = "atomic",
        /// Anything else.
        #[default]
        Sampled = "sampled",
    }
}

vocabulary! {
    /// What becomes of a node's process.
    Fate {
        /// It was started.
        Start = "start",
        /// It is ready to take part.
        Ready = "ready",
        /// It was paused.
        Stop = "stop",
        /// It was continued.
        Continue = "continue",
        /// One of its pipes is at its end.
        Eof = "eof",
        /// It is over.
        Exit = "exit",
        /// Lines of it were lost.
        Gap = "gap",
        /// It ran for all of the line's span, was not paused, its disk answered, and nothing had been seen of this incarnation by
        /// the end of it.
        Silent = "silent",
    }
}

vocabulary! {
    /// Why a process ended, where the harness knows it.
    ExitReason {
        /// The run was over.
        Teardown = "teardown",
        /// What it had started went on without it: it put itself into the background. No death.
        Forked = "forked away",
        /// The kernel, which had run out of memory, ended it. No death.
        OutOfMemory = "out of memory",
        /// There was no room left on the disk that it wrote to. No death.
        DiskFull = "disk full",
    }
}

vocabulary! {
    /// A stream of a process.
    Stream {
        /// Standard output.
        Stdout = "stdout",
        /// Standard error.
        Stderr = "stderr",
        /// A file that it writes.
        File = "file",
    }
}

vocabulary! {
    /// Where an observer looks.
    Origin {
        /// What the process prints on standard output.
        Stdout = "stdout",
        /// What it prints on standard error.
        Stderr = "stderr",
        /// What it answers on a port.
        Port = "port",
        /// A file that it writes.
        File = "file",
        /// A command that is run beside it.
        Exec = "exec",
        /// Another process that knows of it.
        Auxiliary = "auxiliary",
    }
}

vocabulary! {
    /// Whether a fault begins or ends.
    Stage {
        /// It begins.
        Inject = "inject",
        /// It ends.
        Lift = "lift",
    }
}

vocabulary! {
    /// How an injection or a lift ended.
    Installed {
        /// It was done, and verified.
        Installed = "installed",
        /// It was not done.
        Skipped = "skipped",
        /// It may or may not have been done.
        Indeterminate = "indeterminate",
    }
}

vocabulary! {
    /// What became of an expectation of the schedule.
    Expectation {
        /// It came to hold in time.
        Met = "met",
        /// It did not.
        Unmet = "unmet",
        /// It was not even asked.
        Skipped = "skipped",
    }
}

vocabulary! {
    /// What was in force on a link.
    Rule {
        /// Nothing.
        Open = "open",
        /// Nothing crosses.
        Cut = "cut",
        /// It is slow, lossy, narrow.
        Degrade = "degrade",
    }
}

vocabulary! {
    /// A phase of a run.
    Phase {
        /// Nodes are started.
        Setup = "setup",
        /// There is a leader, or was time for one.
        Settle = "settle",
        /// The schedule is carried out.
        Faults = "faults",
        /// What was broken is undone.
        Heal = "heal",
        /// A leader must stand.
        Final = "final",
        /// Nodes are stopped.
        Teardown = "teardown",
    }
}

vocabulary! {
    /// How a run ended, where nothing went wrong. What went wrong stands in its place, in words.
    EndReason {
        /// All phases were gone through.
        Complete = "complete",
        /// Somebody stopped it.
        Interrupted = "interrupted",
        /// A promise was seen to be broken, and the run was to end then.
        Broken = "promise broken",
        /// The history had reached the size that it may have.
        Full = "history full",
    }
}

vocabulary! {
    /// What the harness says about itself.
    HarnessEvent {
        /// A phase begins.
        Phase = "phase",
        /// The harness, a node or the disk did not run for a while.
        Stall = "stall",
        /// How busy the machine was.
        Pressure = "pressure",
        /// How many messages have crossed the network so far.
        Messages = "messages",
        /// Something that nodes printed could not be kept.
        OutputLost = "output-lost",
        /// Packets could not be kept.
        CaptureLost = "capture-lost",
        /// An auxiliary process was paused to make the nodes elect.
        Provoked = "provoked",
        /// A node sent packets that the network does not carry.
        Uncarried = "uncarried",
        /// Something that a node had started and that had left it was paused or ended with it.
        Helper = "helper",
        /// Nodes may write everywhere, although there is a sandbox.
        Unprotected = "unprotected",
        /// The run is over.
        End = "end",
    }
}

vocabulary! {
    /// What did not run in a stall.
    Cause {
        /// The harness itself.
        Harness = "harness",
        /// A node, for want of a processor.
        Processor = "processor",
        /// The disk.
        Disk = "disk",
    }
}

vocabulary! {
    /// How attempts of the probe ended.
    Answer {
        /// As a client wants it.
        Answered = "answered",
        /// In any other way, or not in time.
        Failed = "failed",
    }
}

vocabulary! {
    /// The types of lines.
    Kind {
        /// Something became of a process.
        Node = "node",
        /// A node said or showed its state.
        Observe = "observe",
        /// An observer asked in vain.
        Miss = "miss",
        /// A node's belief of who votes.
        Voters = "voters",
        /// Something was done to the cluster.
        Fault = "fault",
        /// What crossed a link.
        Link = "link",
        /// An expectation of the schedule.
        Expect = "expect",
        /// What clients saw.
        Probe = "probe",
        /// The harness about itself.
        Harness = "harness",
    }
}
