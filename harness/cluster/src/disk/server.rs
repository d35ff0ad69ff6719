//! A disk as the kernel asks for it: each request of a FUSE mount becomes a [`RequestJob`] for the [`Gate`](super::gate::Gate).
//!
//! What the kernel may keep is chosen so that a power cut needs no word to it. Names are asked for anew each time, since after a
//! cut a name stands for another number. Pages and attributes belong to a number and may be kept, since a number never comes
//! back. Locks, rights and `O_APPEND` are the kernel's own affair.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use fuser::{
    BsdFileFlags, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, KernelConfig, LockOwner,
    OpenAccMode, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry,
    ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};
use nix::errno::Errno;
use nix::libc;

use super::Shared;
use super::content::PAGE;
use super::gate::{Answer, RequestClass, RequestJob};
use super::image::{Number, ROOT};
use super::names::Over;
use super::operation::Operation;
use super::store::{FileStatus, New, Now, Set, Store};

/// For as long as that the kernel may keep what belongs to a number.
const KEPT: Duration = Duration::from_secs(3600);

/// A snapshot of a folder's names that is being read.
type Listing = Arc<Vec<(OsString, Number, u32)>>;

/// The server of one mount.
pub(super) struct Server {
    shared: Arc<Shared>,
    listings: Arc<Mutex<BTreeMap<u64, Listing>>>,
    next: AtomicU64,
}

impl Server {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, listings: Arc::default(), next: AtomicU64::new(1) }
    }

    /// Hands a request on. `reply` is given what `run` came to.
    fn ask<T: Send + 'static>(
        &self,
        class: RequestClass,
        what: impl FnOnce(&Store) -> Option<Operation>,
        run: impl FnOnce(&mut Store, Now) -> Result<T, Errno> + Send + 'static,
        reply: impl FnOnce(Result<T, fuser::Errno>) + Send + 'static,
    ) {
        let job: RequestJob = Box::new(move |store| -> Answer {
            let done = store.and_then(|(store, now)| run(store, now)).map_err(told);
            Box::new(move || reply(done))
        });
        self.shared.take(class, what, job);
    }

    /// A request for what a number is.
    fn look<T: Send + 'static>(
        &self,
        run: impl FnOnce(&mut Store, Now) -> Result<T, Errno> + Send + 'static,
        reply: impl FnOnce(Result<T, fuser::Errno>) + Send + 'static,
    ) {
        self.ask(RequestClass::Look, |_| None, run, reply);
    }

    fn make(&self, folder: INodeNo, name: &OsStr, new: New, about: [u32; 3], reply: ReplyEntry) {
        let (text, name) = (name.to_owned(), name.to_owned());
        self.ask(
            RequestClass::Change,
            move |store| Some(Operation::new("create", &[&within(store, folder.0, &text)])),
            move |store, now| store.make(folder.0, &name, new, about, now).and_then(|number| store.about(number)),
            move |made| entry(made, reply),
        );
    }
}

fn told(error: Errno) -> fuser::Errno {
    fuser::Errno::from_i32(error as i32)
}

fn entry(found: Result<FileStatus, fuser::Errno>, reply: ReplyEntry) {
    match found {
        Ok(about) => reply.entry_with_ttls(&kept(&about), &Duration::ZERO, &attributes(&about), Generation(0)),
        Err(error) => reply.error(error),
    }
}

fn empty(done: Result<(), fuser::Errno>, reply: ReplyEmpty) {
    match done {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

/// The topmost folder keeps its number over a power cut.
fn kept(about: &FileStatus) -> Duration {
    if about.number == ROOT { Duration::ZERO } else { KEPT }
}

/// The path of a name in a folder.
fn within(store: &Store, folder: Number, name: &OsStr) -> String {
    let name = name.to_string_lossy();
    if folder == ROOT { name.into_owned() } else { format!("{}/{name}", store.path(folder)) }
}

fn file_type(kind: u32) -> FileType {
    match kind {
        libc::S_IFDIR => FileType::Directory,
        libc::S_IFLNK => FileType::Symlink,
        libc::S_IFIFO => FileType::NamedPipe,
        libc::S_IFSOCK => FileType::Socket,
        libc::S_IFCHR => FileType::CharDevice,
        libc::S_IFBLK => FileType::BlockDevice,
        _ => FileType::RegularFile,
    }
}

fn attributes(about: &FileStatus) -> FileAttr {
    FileAttr {
        ino: INodeNo(about.number),
        size: about.size,
        blocks: about.held / 512,
        atime: about.attributes.read,
        mtime: about.attributes.written,
        ctime: about.attributes.changed,
        crtime: SystemTime::UNIX_EPOCH,
        kind: file_type(about.kind),
        perm: u16::try_from(about.attributes.mode & 0o7777).unwrap_or(0),
        nlink: about.names,
        uid: about.attributes.uid,
        gid: about.attributes.gid,
        rdev: about.device,
        blksize: u32::try_from(PAGE).unwrap_or(4096),
        flags: 0,
    }
}

impl Filesystem for Server {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> std::io::Result<()> {
        // Answers of one disk are given by one thread: more than a few requests in flight would only wait there.
        let _ = config.set_max_write(1 << 20);
        Ok(())
    }

    fn lookup(&self, _: &Request, folder: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let name = name.to_owned();
        let run = move |store: &mut Store, _| store.look_up(folder.0, &name).and_then(|number| store.about(number));
        self.look(run, move |found| entry(found, reply));
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let run = move |store: &mut Store, _| store.about(number.0);
        self.look(run, move |found| match found {
            Ok(about) => reply.attr(&kept(&about), &attributes(&about)),
            Err(error) => reply.error(error),
        });
    }

    fn setattr(
        &self,
        _: &Request,
        number: INodeNo,
        mode: Option<u32>,
        uid: Option<u32>,
        gid: Option<u32>,
        size: Option<u64>,
        read: Option<TimeOrNow>,
        written: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let time = |time| match time {
            TimeOrNow::SpecificTime(time) => time,
            TimeOrNow::Now => SystemTime::now(),
        };
        let set = Set { mode, uid, gid, size, read: read.map(time), written: written.map(time) };
        // Times alone are no crash point: every program that reads a file may set them.
        let named = size.is_some();
        self.ask(
            RequestClass::Change,
            move |store| named.then(|| Operation::new("truncate", &[&store.path(number.0)])),
            move |store, now| store.set(number.0, set, now).and_then(|()| store.about(number.0)),
            move |done| match done {
                Ok(about) => reply.attr(&kept(&about), &attributes(&about)),
                Err(error) => reply.error(error),
            },
        );
    }

    fn readlink(&self, _: &Request, number: INodeNo, reply: ReplyData) {
        let run = move |store: &mut Store, _| store.read_link(number.0).map(OsStr::to_owned);
        self.look(run, move |found| match found {
            Ok(to) => reply.data(to.as_encoded_bytes()),
            Err(error) => reply.error(error),
        });
    }

    fn mknod(&self, by: &Request, folder: INodeNo, name: &OsStr, mode: u32, _: u32, device: u32, reply: ReplyEntry) {
        let new = match mode & libc::S_IFMT {
            libc::S_IFREG | 0 => New::File,
            kind @ (libc::S_IFSOCK | libc::S_IFIFO) => New::Special(kind, device),
            // Devices would need a mount that allows them.
            _ => return reply.error(fuser::Errno::EPERM),
        };
        self.make(folder, name, new, [mode, by.uid(), by.gid()], reply);
    }

    fn mkdir(&self, by: &Request, folder: INodeNo, name: &OsStr, mode: u32, _: u32, reply: ReplyEntry) {
        self.make(folder, name, New::Folder, [mode, by.uid(), by.gid()], reply);
    }

    fn symlink(&self, by: &Request, folder: INodeNo, name: &OsStr, to: &Path, reply: ReplyEntry) {
        self.make(folder, name, New::Symlink(to.as_os_str().to_owned()), [0o777, by.uid(), by.gid()], reply);
    }

    fn unlink(&self, _: &Request, folder: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        self.remove(folder, name, false, reply);
    }

    fn rmdir(&self, _: &Request, folder: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        self.remove(folder, name, true, reply);
    }

    fn rename(
        &self,
        _: &Request,
        from: INodeNo,
        name: &OsStr,
        to: INodeNo,
        new: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        let over = match flags {
            flags if flags.is_empty() => Over::Replace,
            RenameFlags::RENAME_NOREPLACE => Over::Refuse,
            RenameFlags::RENAME_EXCHANGE => Over::Exchange,
            _ => return reply.error(fuser::Errno::EINVAL),
        };
        let (text, names) = ([name.to_owned(), new.to_owned()], [name.to_owned(), new.to_owned()]);
        self.ask(
            RequestClass::Change,
            move |store| {
                let [old, new] = [within(store, from.0, &text[0]), within(store, to.0, &text[1])];
                Some(Operation::new("rename", &[&old, &new]))
            },
            move |store, now| store.rename((from.0, &names[0]), (to.0, &names[1]), over, now),
            move |done| empty(done, reply),
        );
    }

    fn link(&self, _: &Request, number: INodeNo, folder: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let (text, name) = (name.to_owned(), name.to_owned());
        self.ask(
            RequestClass::Change,
            move |store| Some(Operation::new("link", &[&store.path(number.0), &within(store, folder.0, &text)])),
            move |store, now| store.link(number.0, folder.0, &name, now).and_then(|()| store.about(number.0)),
            move |made| entry(made, reply),
        );
    }

    fn open(&self, _: &Request, number: INodeNo, flags: OpenFlags, reply: ReplyOpen) {
        let writes = flags.acc_mode() != OpenAccMode::O_RDONLY;
        let run = move |store: &mut Store, _| {
            if writes {
                store.changeable()?;
            }
            store.open(number.0)
        };
        self.look(run, move |done| match done {
            Ok(()) => reply.opened(FileHandle(number.0), FopenFlags::FOPEN_KEEP_CACHE),
            Err(error) => reply.error(error),
        });
    }

    fn create(&self, by: &Request, folder: INodeNo, name: &OsStr, mode: u32, _: u32, _: i32, reply: ReplyCreate) {
        let (text, name, about) = (name.to_owned(), name.to_owned(), [mode, by.uid(), by.gid()]);
        self.ask(
            RequestClass::Change,
            move |store| Some(Operation::new("create", &[&within(store, folder.0, &text)])),
            move |store, now| {
                let number = store.make(folder.0, &name, New::File, about, now)?;
                store.open(number)?;
                store.about(number)
            },
            move |made| match made {
                Ok(about) => {
                    let handle = FileHandle(about.number);
                    // Its name may be kept for no time, and there is one time for name and attributes.
                    let flags = FopenFlags::FOPEN_KEEP_CACHE;
                    reply.created(&Duration::ZERO, &attributes(&about), Generation(0), handle, flags);
                }
                Err(error) => reply.error(error),
            },
        );
    }

    fn read(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let run = move |store: &mut Store, _| store.read(number.0, offset, u64::from(size));
        self.look(run, move |found| match found {
            Ok(bytes) => reply.data(&bytes),
            Err(error) => reply.error(error),
        });
    }

    fn write(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        how: WriteFlags,
        flags: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let behind = how.contains(WriteFlags::FUSE_WRITE_CACHE);
        let through = !behind && flags.0 & libc::O_DSYNC != 0;
        let class = match (behind, through) {
            (true, _) => RequestClass::Behind,
            (_, true) => RequestClass::Sync,
            _ => RequestClass::Change,
        };
        let (bytes, length) = (data.to_vec(), u32::try_from(data.len()).unwrap_or(u32::MAX));
        self.ask(
            class,
            move |store| Some(Operation::new("write", &[&store.path(number.0)])),
            move |store, now| store.write(number.0, offset, &bytes, through, now),
            move |done| match done {
                Ok(()) => reply.written(length),
                Err(error) => reply.error(error),
            },
        );
    }

    /// Nothing is kept here that a close would have to bring on its way; the kernel does not ask again.
    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.error(fuser::Errno::ENOSYS);
    }

    fn release(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        _: OpenFlags,
        _: Option<LockOwner>,
        _: bool,
        reply: ReplyEmpty,
    ) {
        let run = move |store: &mut Store, now| {
            store.release(number.0, now);
            Ok(())
        };
        self.ask(RequestClass::Behind, |_| None, run, move |done| empty(done, reply));
    }

    fn fsync(&self, _: &Request, number: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.sync(number, reply);
    }

    fn fsyncdir(&self, _: &Request, number: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.sync(number, reply);
    }

    fn opendir(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        let handle = self.next.fetch_add(1, Ordering::Relaxed);
        let listings = Arc::clone(&self.listings);
        let run = move |store: &mut Store, _| {
            let names = store.list(number.0)?;
            listings.lock().unwrap_or_else(PoisonError::into_inner).insert(handle, Arc::new(names));
            Ok(())
        };
        self.look(run, move |done| match done {
            Ok(()) => reply.opened(FileHandle(handle), FopenFlags::empty()),
            Err(error) => reply.error(error),
        });
    }

    fn readdir(&self, _: &Request, number: INodeNo, handle: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let listings = Arc::clone(&self.listings);
        let run = move |store: &mut Store, _| {
            let mut listings = listings.lock().unwrap_or_else(PoisonError::into_inner);
            // A process that begins anew wants to see what is there now.
            if offset == 0 {
                listings.insert(handle.0, Arc::new(store.list(number.0)?));
            }
            listings.get(&handle.0).cloned().ok_or(Errno::EBADF)
        };
        self.look(run, move |listed| match listed {
            Ok(names) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX);
                for (at, (name, number, kind)) in names.iter().enumerate().skip(from) {
                    if reply.add(INodeNo(*number), at as u64 + 1, file_type(*kind), name) {
                        break;
                    }
                }
                reply.ok();
            }
            Err(error) => reply.error(error),
        });
    }

    fn releasedir(&self, _: &Request, _: INodeNo, handle: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.listings.lock().unwrap_or_else(PoisonError::into_inner).remove(&handle.0);
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        self.look(
            |store, _| Ok(store.space()),
            move |space| {
                let (all, free) = space.map_or((0, 0), |(all, free)| (all / PAGE, free / PAGE));
                let files = 1 << 20;
                reply.statfs(all, free, free, files, files, 4096, 255, 4096);
            },
        );
    }

    fn fallocate(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        length: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        self.ask(
            RequestClass::Change,
            move |store| Some(Operation::new("allocate", &[&store.path(number.0)])),
            move |store, now| store.allocate(number.0, offset, length, mode, now),
            move |done| empty(done, reply),
        );
    }
}

impl Server {
    fn remove(&self, folder: INodeNo, name: &OsStr, is_folder: bool, reply: ReplyEmpty) {
        let (text, name) = (name.to_owned(), name.to_owned());
        self.ask(
            RequestClass::Change,
            move |store| Some(Operation::new("remove", &[&within(store, folder.0, &text)])),
            move |store, now| store.remove(folder.0, &name, is_folder, now),
            move |done| empty(done, reply),
        );
    }

    fn sync(&self, number: INodeNo, reply: ReplyEmpty) {
        self.ask(
            RequestClass::Sync,
            move |store| Some(Operation::new("fsync", &[&store.path(number.0)])),
            move |store, now| store.sync(number.0, now),
            move |done| empty(done, reply),
        );
    }
}
