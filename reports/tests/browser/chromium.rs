//! A headless Chromium, spoken to over a pipe.
//!
//! The DevTools protocol comes in two dresses: a web socket on a port, or with `--remote-debugging-pipe` JSON objects that
//! end in NUL on file descriptors 3 and 4. The pipe needs no port, no handshake and no crate; a shell moves our
//! stdin and stdout to where Chromium looks for them. When the pipe closes, for whatever reason, Chromium ends, so a
//! test that panics leaves nothing behind.
//!
//! One browser runs at a time: frame times are measured here, and pages drawn beside each other would spoil them.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::skipped::skipped;

/// How long Chromium may take to answer; a busy machine is slow, a hung one is hung.
const PATIENCE: Duration = Duration::from_secs(120);

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Where Chromium is: `$CHROMIUM`, or the first of its usual names on PATH.
fn program() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM") {
        return Some(PathBuf::from(path));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    names
        .iter()
        .find_map(|name| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file()))
}

/// Whether Chromium is on this machine. Without it there is nothing to test, except on CI, where it must be there.
pub(crate) fn is_installed() -> bool {
    let found = program().is_some();
    assert!(found || std::env::var_os("CI").is_none(), "Chromium is not installed; .ci/run installs it");
    if !found {
        skipped("no Chromium is on PATH; Debian has a package of it, or set CHROMIUM");
    }
    found
}

/// What a page did that a test may want to know.
#[derive(Debug, Default)]
pub(crate) struct Noise {
    /// Console errors and warnings, exceptions, refusals by the content policy.
    pub(crate) errors: Vec<String>,
    /// Every address that was asked for.
    pub(crate) requests: Vec<String>,
}

/// A browser with one page.
pub(crate) struct Browser {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    events: VecDeque<Value>,
    session: Option<String>,
    next: u64,
    pub(crate) noise: Noise,
    _profile: tempfile::TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Browser {
    /// Starts one with a window of `width` by `height` pixels.
    pub(crate) fn start(width: u32, height: u32, flags: &[&str]) -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#])
            .arg(program().expect("asked for before"))
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-default-apps"])
            .args(["--disable-dev-shm-usage", "--hide-scrollbars"])
            .arg(format!("--window-size={width},{height}"))
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh starts");
        let output = child.stdout.take().expect("piped");
        let input = child.stdin.take();
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0) {
                let Ok(message) = message else { return };
                let Ok(message) = serde_json::from_slice(&message) else { return };
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self {
            child,
            input,
            messages,
            events: VecDeque::new(),
            session: None,
            next: 0,
            noise: Noise::default(),
            _profile: profile,
            _alone: alone,
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attached = browser.call("Target.attachToTarget", json!({"targetId": target["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page.enable", "Runtime.enable", "Log.enable", "Network.enable"] {
            browser.call(domain, json!({}));
        }
        browser.resize(width, height, 1);
        browser
    }

    /// Gives the window a size in CSS pixels, each of `scale` pixels of the screen.
    pub(crate) fn resize(&mut self, width: u32, height: u32, scale: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// Calls a method and waits for its result.
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let input = self.input.as_mut().expect("open until dropped");
        input.write_all(format!("{message}\0").as_bytes()).and_then(|()| input.flush()).expect("Chromium listens");
        let until = Instant::now() + PATIENCE;
        loop {
            let message = self.receive(until, method);
            if message["id"] == json!(id) {
                assert!(message.get("error").is_none(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.note(message);
        }
    }

    fn receive(&mut self, until: Instant, waiting_for: &str) -> Value {
        match self.messages.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => panic!("Chromium did not answer within {PATIENCE:?}: {waiting_for}"),
            Err(RecvTimeoutError::Disconnected) => {
                panic!("Chromium ended while the test waited for {waiting_for} ({:?})", self.child.try_wait())
            }
        }
    }

    fn note(&mut self, event: Value) {
        let params = &event["params"];
        let text = match event["method"].as_str().unwrap_or_default() {
            "Runtime.consoleAPICalled"
                if ["error", "warning", "assert"].contains(&params["type"].as_str().unwrap_or("")) =>
            {
                Some(params["args"].to_string())
            }
            "Runtime.exceptionThrown" => Some(params["exceptionDetails"].to_string()),
            "Log.entryAdded" if params["entry"]["level"] != "info" && params["entry"]["level"] != "verbose" => {
                Some(params["entry"].to_string())
            }
            "Network.requestWillBeSent" => {
                self.noise.requests.extend(params["request"]["url"].as_str().map(str::to_owned));
                None
            }
            _ => None,
        };
        self.noise.errors.extend(text);
        self.events.push_back(event);
    }

    /// Opens a file, `hash` included, and waits until it has loaded and its script has started.
    pub(crate) fn open(&mut self, page: &Path, hash: &str) {
        self.noise = Noise::default();
        self.events.clear();
        let url = format!("file://{}{hash}", page.display());
        let result = self.call("Page.navigate", json!({"url": url}));
        assert!(result.get("errorText").is_none(), "{url}: {result}");
        self.wait_for("document.readyState === 'complete' && document.documentElement.matches('.ready, .broken')");
    }

    /// The value of an expression; promises are awaited.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let answer = self.call(
            "Runtime.evaluate",
            json!({"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true}),
        );
        assert!(answer.get("exceptionDetails").is_none(), "{expression}\n{}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// A number in the page.
    pub(crate) fn number(&mut self, expression: &str) -> f64 {
        let value = self.eval(expression);
        value.as_f64().unwrap_or_else(|| panic!("{expression} is {value}, not a number"))
    }

    /// A text in the page.
    pub(crate) fn text(&mut self, expression: &str) -> String {
        let value = self.eval(expression);
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}, not a text")).to_owned()
    }

    /// Waits until `expression` is true in the page, looking once a frame.
    pub(crate) fn wait_for(&mut self, expression: &str) {
        let until = Instant::now() + PATIENCE;
        let waiting = format!(
            "new Promise((done) => {{ const began = performance.now(); const look = () => ({expression}) ? done(true) : \
             performance.now() - began > 3000 ? done(false) : setTimeout(look, 15); look(); }})"
        );
        while self.eval(&waiting) != json!(true) {
            assert!(Instant::now() < until, "never became true: {expression}");
        }
    }

    /// The processor time that the page's thread has used, seconds; `Performance.enable` with `threadTicks` comes first.
    pub(crate) fn processor_time(&mut self) -> f64 {
        let answer = self.call("Performance.getMetrics", json!({}));
        let metrics = answer["metrics"].as_array().expect("a list");
        let task = metrics.iter().find(|metric| metric["name"] == "TaskDuration").expect("is measured");
        task["value"].as_f64().expect("a number")
    }

    /// Presses and releases a key, by its name.
    pub(crate) fn key(&mut self, key: &str) {
        let text = (key.chars().count() == 1).then_some(key);
        let mut down = json!({"type": if text.is_some() { "keyDown" } else { "rawKeyDown" }, "key": key});
        if let Some(text) = text {
            down["text"] = json!(text);
        }
        self.call("Input.dispatchKeyEvent", down);
        self.call("Input.dispatchKeyEvent", json!({"type": "keyUp", "key": key}));
    }

    /// A mouse event at a point of the window.
    pub(crate) fn mouse(&mut self, kind: &str, x: f64, y: f64, more: Value) {
        let mut event = json!({"type": kind, "x": x, "y": y, "button": "none"});
        if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
            event.extend(more);
        }
        self.call("Input.dispatchMouseEvent", event);
    }

    /// Clicks the middle of what a selector finds, after bringing it into sight.
    pub(crate) fn click(&mut self, selector: &str) {
        let selector = json!(selector);
        self.eval(&format!(
            "document.querySelector({selector}).scrollIntoView({{block: 'center', behavior: 'instant'}})"
        ));
        let [x, y] = ["left + box.width / 2", "top + box.height / 2"].map(|middle| {
            self.number(&format!(
                "(() => {{ const box = document.querySelector({selector}).getBoundingClientRect(); return box.{middle}; }})()"
            ))
        });
        let button = json!({"button": "left", "clickCount": 1});
        self.mouse("mousePressed", x, y, button.clone());
        self.mouse("mouseReleased", x, y, button);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The end of its pipe ends Chromium, children and all; only if it does not, it is killed.
        drop(self.input.take());
        let until = Instant::now() + Duration::from_secs(10);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
