//! What a run leaves behind besides its history: what it was to do, and how it ended.

use std::io;
use std::path::Path;

use history::run::{self, State};
use history::{Header, RunFile, Word};
use workloads::Schedule;

use super::{Finished, Plan, Script};
use crate::system::System;

/// Writes what the run is to do.
pub(super) fn write_inputs(plan: &Plan, schedule: &Schedule, header: &Header) -> io::Result<()> {
    std::fs::create_dir_all(plan.folder.join("nodes"))?;
    reports::file::put_bytes(&plan.folder.join("system.toml"), plan.system.text.as_bytes())?;
    let mut schedule = serde_json::to_string_pretty(schedule)?;
    schedule.push('\n');
    reports::file::put_bytes(&plan.folder.join("schedule.json"), schedule.as_bytes())?;
    write_run_file(plan, &run_file(plan, header, State::Running.into(), None))
}

/// Writes how the run ended.
pub(super) fn finish(plan: &Plan, header: &Header, finished: &Finished) -> io::Result<()> {
    let state = match &finished.trouble {
        Some(lost) => Word::Foreign(lost.sentence.clone().into()),
        None => State::from(finished.outcome.verdict).into(),
    };
    write_run_file(plan, &run_file(plan, header, state, Some(finished.exit.code())))
}

fn run_file(plan: &Plan, header: &Header, state: Word<'static, State>, exit: Option<u8>) -> RunFile {
    RunFile {
        schema: run::SCHEMA,
        run: plan.name.clone(),
        system: plan.system.name.clone(),
        set: plan.set.clone(),
        nodes: plan.nodes,
        network: plan.network,
        mtu: plan.mtu,
        link_delay: plan.link_delay,
        data_in_memory: plan.data_in_memory,
        disk: plan.disk,
        disk_model: plan.disk_model,
        pcap: plan.pcap,
        until: plan.until.as_ref().map(ToString::to_string),
        max_history: plan.max_history,
        bound: plan.bound,
        system_file: plan.system.path.as_ref().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone())),
        directory: plan.directory.clone(),
        command: plan.command.clone(),
        replay: format!("interregnum replay {}", plan.folder.display()),
        began: header.wall.clone().unwrap_or_default(),
        state,
        exit,
    }
}

fn write_run_file(plan: &Plan, file: &RunFile) -> io::Result<()> {
    reports::file::replace(&plan.folder.join("run.json"), false, |out| {
        serde_json::to_writer_pretty(&mut *out, file)?;
        out.write_all(b"\n")
    })
}

/// The plan of an earlier run, to be carried out again in a folder of its own. The error is a sentence.
pub fn read_plan(run: &Path, name: String, folder: &Path) -> Result<Plan, String> {
    let read = |file: &str| {
        let path = run.join(file);
        crate::input::text(&path, crate::input::SCHEDULE)
            .map_err(|error| format!("{error}; name the folder of a run"))
            .map(|text| (path, text))
    };
    let (path, text) = read("run.json")?;
    let file: RunFile = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let (path, text) = read("schedule.json")?;
    let schedule = Schedule::from_json(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let (path, text) = read("system.toml")?;
    let mut system = System::parse(&path.display().to_string(), &text).map_err(|error| error.to_string())?;
    system.path = file.system_file;
    Ok(Plan {
        name,
        folder: folder.to_owned(),
        system,
        set: file.set,
        nodes: file.nodes,
        network: file.network,
        mtu: file.mtu,
        link_delay: file.link_delay,
        data_in_memory: file.data_in_memory,
        disk: file.disk,
        disk_model: file.disk_model,
        pcap: file.pcap,
        script: Script::Given(schedule),
        bound: file.bound,
        directory: file.directory,
        command: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
        surroundings: String::new(),
        brief: false,
        trial: false,
        until: file.until.and_then(|text| text.parse().ok()),
        max_history: file.max_history,
    })
}
