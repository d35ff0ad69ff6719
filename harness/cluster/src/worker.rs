//! A thread that carries out small jobs in a place of its own.
//!
//! A namespace and a capability are properties of a thread, and what a thread starts inherits them. So the code that wants
//! something started elsewhere, or with less, has a thread go there and stay. It ends when this is dropped.

use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;

type Job = Box<dyn FnOnce() + Send>;

#[derive(Debug)]
pub(crate) struct Worker {
    jobs: Mutex<Sender<Job>>,
}

/// One that is on its way to its place.
pub(crate) struct Beginning<T, E> {
    worker: Worker,
    arrived: Receiver<Result<T, E>>,
}

impl Worker {
    /// Starts a thread, which inherits from the one that calls, and goes where it is to be. It stays if that went well.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn begin<T: Send + 'static, E: Send + 'static>(
        name: String,
        go: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> io::Result<Beginning<T, E>> {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let (tell, arrived) = mpsc::channel();
        thread::Builder::new().name(name).spawn(move || {
            let gone = go();
            let stays = gone.is_ok();
            let _ = tell.send(gone);
            while let Some(job) = stays.then(|| inbox.recv().ok()).flatten() {
                job();
            }
        })?;
        Ok(Beginning { worker: Self { jobs: Mutex::new(jobs) }, arrived })
    }

    /// Does something there, and waits for what it answers.
    ///
    /// # Errors
    /// When the thread has ended, or the job panicked.
    pub(crate) fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        let gone = || io::Error::other("the thread that starts this node has ended");
        let (tell, told) = mpsc::channel();
        let job = Box::new(move || {
            let _ = tell.send(job());
        });
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).send(job).map_err(|_| gone())?;
        told.recv().map_err(|_| gone())
    }
}

impl<T, E: From<io::Error>> Beginning<T, E> {
    /// Waits until it is there.
    ///
    /// # Errors
    /// What went wrong on the way.
    pub(crate) fn finish(self) -> Result<(Worker, T), E> {
        let arrived = self.arrived.recv().map_err(|_| io::Error::other("a thread died on its way to its place"))?;
        Ok((self.worker, arrived?))
    }
}
