//! What programs do: they are run by CPython, many in one process.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What came of running a program.
#[derive(Debug, Default)]
pub struct Execution {
    /// It is Python, and it came to an end.
    pub valid: bool,
    /// The end was an exception.
    pub raised: bool,
    /// The lines whose sink was given a mark.
    pub reached: BTreeSet<usize>,
    /// The lines whose sink was called, always without one.
    pub visited: BTreeSet<usize>,
}

const HARNESS: &str = include_str!("harness.py");

fn interpreter() -> String {
    std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Whether there is a CPython that can run the programs (`match` needs 3.10).
pub fn available() -> bool {
    Command::new(interpreter())
        .args(["-c", "import sys, signal; signal.setitimer; sys.exit(sys.version_info < (3, 10))"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// An interpreter that runs one program after the other.
pub struct Interpreter {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Interpreter {
    pub fn start() -> Self {
        let mut child = Command::new(interpreter())
            .args(["-s", "-c", HARNESS])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .env("PYTHONHASHSEED", "0")
            .spawn()
            .expect("the interpreter starts");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, input, output }
    }

    pub fn execute(&mut self, program: &str) -> Execution {
        self.input
            .write_all(format!("{}\n{program}", program.len()).as_bytes())
            .and_then(|()| self.input.flush())
            .expect("the program is written");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("an answer");
        read(line.trim_end())
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        // It reads nothing but programs: there is nothing to wait for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(line: &str) -> Execution {
    let mut words = line.split(' ');
    let status = words.next().unwrap_or_default();
    let mut execution =
        Execution { valid: status != "invalid", raised: status == "raised", ..Execution::default() };
    for word in words {
        match word.parse::<i64>().expect("a line's number") {
            line if line > 0 => execution.reached.insert(line as usize),
            line => execution.visited.insert(-line as usize),
        };
    }
    execution
}
