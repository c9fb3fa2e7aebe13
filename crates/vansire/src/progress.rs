//! Showing that a long run is alive: on standard error, only on a terminal, and only when there is
//! something to wait for.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use vansire_project::{Observer, Phase};

/// Runs that are over sooner show nothing.
const PATIENCE: Duration = Duration::from_millis(700);

const TICK: Duration = Duration::from_millis(100);

/// What a run shows while it goes on, and how long its phases took.
pub struct Progress {
    bar: ProgressBar,
    finished: Arc<Mutex<bool>>,
    times: Mutex<Vec<(Phase, Instant)>>,
}

impl Progress {
    /// Begins to watch a run.
    pub fn new(quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let finished = Arc::new(Mutex::new(false));
        if !quiet && std::io::stderr().is_terminal() {
            let (later, finished) = (bar.clone(), Arc::clone(&finished));
            std::thread::spawn(move || {
                std::thread::sleep(PATIENCE);
                let finished = finished.lock().unwrap_or_else(PoisonError::into_inner);
                if !*finished {
                    later.set_draw_target(ProgressDrawTarget::stderr());
                    later.enable_steady_tick(TICK);
                }
            });
        }
        Self { bar, finished, times: Mutex::default() }
    }

    /// Takes away what is shown.
    pub fn finish(&self) {
        *self.finished.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.bar.finish_and_clear();
    }

    /// One line for each phase with its seconds.
    pub fn times(&self) -> Vec<String> {
        let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let ends = times.iter().skip(1).map(|&(_, begun)| begun).chain([now]);
        times
            .iter()
            .zip(ends)
            .map(|(&(phase, begun), end)| {
                let what = match phase {
                    Phase::Discover => "found the files".to_owned(),
                    Phase::Read(files) => format!("read {files} files"),
                    Phase::Analyse => "analysed them".to_owned(),
                    Phase::Report => "prepared the report".to_owned(),
                };
                format!("{what} in {:.2} s", (end - begun).as_secs_f64())
            })
            .collect()
    }

    fn style(template: &str) -> ProgressStyle {
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
    }
}

impl Observer for Progress {
    fn enter(&self, phase: Phase) {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).push((phase, Instant::now()));
        let (message, length) = match phase {
            Phase::Discover => ("Finding files", None),
            Phase::Read(files) => ("Reading", Some(files as u64)),
            Phase::Analyse => ("Following data", None),
            Phase::Report => ("Writing", None),
        };
        self.bar.set_style(match length {
            Some(_) => Self::style("{msg} [{bar:30}] {pos}/{len} files"),
            None => Self::style("{spinner} {msg} ({elapsed})"),
        });
        self.bar.set_position(0);
        self.bar.set_length(length.unwrap_or(0));
        self.bar.set_message(message);
    }

    fn advance(&self) {
        self.bar.inc(1);
    }
}
