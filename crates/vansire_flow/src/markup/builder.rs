//! Puts nodes into the blocks that are open.

use super::expression::Expression;
use super::{Binding, Branch, Node, Output};

/// As many blocks may be open at once; what is deeper belongs to the innermost of these.
const DEPTH_LIMIT: usize = 100;

/// A block that was opened.
pub(super) enum Open {
    For {
        targets: Vec<String>,
        iterable: Expression,
    },
    If {
        test: Option<Expression>,
    },
    Capture {
        name: String,
    },
    With {
        bindings: Vec<Binding>,
    },
    Block {
        name: String,
    },
    Macro {
        name: String,
        parameters: Vec<Binding>,
    },
    CallBlock {
        call: Output,
        parameters: Vec<String>,
    },
    /// Its nodes belong to the block around it.
    Splice,
}

struct Frame {
    /// What closes it: `for` is closed by `endfor`.
    kind: &'static str,
    open: Open,
    nodes: Vec<Node>,
    /// The branches of a condition, or the body of a loop, that are complete.
    branches: Vec<Branch>,
    /// Whether escaping was on before.
    autoescape: bool,
}

pub(super) struct Builder {
    frames: Vec<Frame>,
    nodes: Vec<Node>,
    /// Blocks that were too deep to be opened and aren't closed yet.
    ignored: Vec<&'static str>,
    pub autoescape: bool,
}

impl Builder {
    pub(super) fn new(autoescape: bool) -> Self {
        Self { frames: Vec::new(), nodes: Vec::new(), ignored: Vec::new(), autoescape }
    }

    pub(super) fn push(&mut self, node: Node) {
        self.frames.last_mut().map_or(&mut self.nodes, |frame| &mut frame.nodes).push(node);
    }

    pub(super) fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.push(Node::Text(text.to_owned()));
        }
    }

    pub(super) fn open(&mut self, kind: &'static str, open: Open) {
        if self.frames.len() >= DEPTH_LIMIT {
            self.ignored.push(kind);
            return;
        }
        let autoescape = self.autoescape;
        self.frames.push(Frame { kind, open, nodes: Vec::new(), branches: Vec::new(), autoescape });
    }

    /// Opens a block in which escaping is on or off.
    pub(super) fn open_escaping(&mut self, kind: &'static str, autoescape: bool) {
        self.open(kind, Open::Splice);
        if self.ignored.is_empty() {
            self.autoescape = autoescape;
        }
    }

    /// `else` and `elif`: what comes next belongs to another branch.
    pub(super) fn branch(&mut self, test: Option<Expression>) {
        if !self.ignored.is_empty() {
            return;
        }
        let Some(frame) = self.frames.last_mut() else { return };
        let body = std::mem::take(&mut frame.nodes);
        match &mut frame.open {
            Open::If { test: current } => {
                frame.branches.push(Branch { test: std::mem::replace(current, test), body });
            }
            Open::For { .. } if frame.branches.is_empty() => frame.branches.push(Branch { test: None, body }),
            _ => frame.nodes = body,
        }
    }

    /// Closes the innermost block of this kind, and those inside it that were forgotten.
    pub(super) fn close(&mut self, kind: &str) {
        if let Some(index) = self.ignored.iter().rposition(|ignored| *ignored == kind) {
            self.ignored.truncate(index);
            return;
        }
        let Some(index) = self.frames.iter().rposition(|frame| frame.kind == kind) else { return };
        self.ignored.clear();
        while self.frames.len() > index {
            self.close_last();
        }
    }

    /// Closes the block that was opened last, whatever its kind.
    pub(super) fn close_innermost(&mut self) {
        if self.ignored.pop().is_none() {
            self.close_last();
        }
    }

    fn close_last(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        self.autoescape = frame.autoescape;
        let Frame { open, nodes: body, mut branches, .. } = frame;
        let node = match open {
            Open::For { targets, iterable } => match branches.pop() {
                Some(branch) => Node::For { targets, iterable, body: branch.body, otherwise: body },
                None => Node::For { targets, iterable, body, otherwise: Vec::new() },
            },
            Open::If { test } => {
                branches.push(Branch { test, body });
                Node::If { branches }
            }
            Open::Capture { name } => Node::Capture { name, body },
            Open::With { bindings } => Node::With { bindings, body },
            Open::Block { name } => Node::Block { name, body },
            Open::Macro { name, parameters } => Node::Macro { name, parameters, body },
            Open::CallBlock { call, parameters } => Node::CallBlock { call, parameters, body },
            Open::Splice => {
                for node in body {
                    self.push(node);
                }
                return;
            }
        };
        self.push(node);
    }

    /// Closes what is still open and gives everything.
    pub(super) fn finish(mut self) -> Vec<Node> {
        while !self.frames.is_empty() {
            self.close_last();
        }
        self.nodes
    }
}
