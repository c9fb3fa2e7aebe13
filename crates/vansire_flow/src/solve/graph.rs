//! The call graph: who calls whom, told apart by the contexts in which calls were found.
//!
//! A body is first solved with little known of its inputs, to see which of them matter. What it seems to
//! call then is no part of the graph: only contexts count that calls really led to.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use vansire_python::Symbol;
use vansire_python::ir::BodyKind;

use super::shapes::Context;
use super::{Frame, Solver};
use crate::domain::BodyIndex;

/// What a body calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallName {
    Body(BodyIndex),
    External(Symbol),
}

/// A body in a context.
#[derive(Debug)]
struct Node {
    context: Rc<Context>,
    calls: BTreeSet<CallName>,
    /// The bodies that it called, with the places of the contexts among theirs.
    led: BTreeSet<(BodyIndex, usize)>,
    is_root: bool,
}

/// Calls by body and context.
#[derive(Debug, Default)]
pub(super) struct CallGraph {
    nodes: FxHashMap<BodyIndex, Vec<Node>>,
}

impl CallGraph {
    fn place(&mut self, body: BodyIndex, context: &Rc<Context>) -> usize {
        let nodes = self.nodes.entry(body).or_default();
        if let Some(at) = nodes.iter().position(|node| node.context == *context) {
            return at;
        }
        nodes.push(Node {
            context: context.clone(),
            calls: BTreeSet::new(),
            led: BTreeSet::new(),
            is_root: false,
        });
        nodes.len() - 1
    }

    fn node(&mut self, body: BodyIndex, context: &Rc<Context>) -> Option<&mut Node> {
        let at = self.place(body, context);
        self.nodes.get_mut(&body)?.get_mut(at)
    }

    /// What each body calls in the contexts that are reached; in all of them, if none is.
    fn reached(&self, bodies: u32) -> BTreeMap<BodyIndex, BTreeSet<CallName>> {
        let mut result: BTreeMap<BodyIndex, BTreeSet<CallName>> = BTreeMap::new();
        let mut seen: BTreeSet<(BodyIndex, usize)> = BTreeSet::new();
        for only_roots in [true, false] {
            for body in (0..bodies).map(BodyIndex) {
                let Some(nodes) = self.nodes.get(&body) else { continue };
                if !only_roots && result.contains_key(&body) {
                    continue;
                }
                let mut open: Vec<(BodyIndex, usize)> = (0..nodes.len())
                    .filter(|&at| !only_roots || nodes[at].is_root)
                    .map(|at| (body, at))
                    .collect();
                while let Some((body, at)) = open.pop() {
                    let Some(node) = self.nodes.get(&body).and_then(|nodes| nodes.get(at)) else { continue };
                    if seen.insert((body, at)) {
                        result.entry(body).or_default().extend(node.calls.iter().copied());
                        open.extend(node.led.iter().copied());
                    }
                }
            }
        }
        result
    }
}

impl<'p> Solver<'p> {
    /// The body that runs: that of a class runs within another.
    fn running_body(&self, mut body: BodyIndex) -> BodyIndex {
        while self.body(body).1.kind == BodyKind::Class
            && let Some(parent) = self.parent(body)
        {
            body = parent;
        }
        body
    }

    /// Notes that a body calls something.
    pub(super) fn note_call(&mut self, frame: &Frame<'p>, name: CallName) {
        // Names in brackets are the solver's own.
        let ours = matches!(name, CallName::External(name) if name.as_str().starts_with('<'));
        // A property on the way of a path is asked for where the path was followed first.
        if self.call_graph.is_some() && !ours && self.projecting == 0 {
            let body = self.running_body(frame.body);
            if let Some(graph) = &mut self.call_graph
                && let Some(node) = graph.node(body, &frame.context)
            {
                node.calls.insert(name);
            }
        }
        if let CallName::Body(body) = name {
            self.called.insert(body);
        }
    }

    /// Notes the context that a call led to in the end.
    pub(super) fn note_context(&mut self, frame: &Frame<'p>, callee: BodyIndex, context: &Rc<Context>) {
        if self.call_graph.is_none() {
            return;
        }
        let body = self.running_body(frame.body);
        let Some(graph) = &mut self.call_graph else { return };
        let at = graph.place(callee, context);
        if let Some(node) = graph.node(body, &frame.context) {
            node.led.insert((callee, at));
        }
    }

    /// Notes a body that runs without anybody calling it.
    pub(super) fn note_root(&mut self, body: BodyIndex, context: &Rc<Context>) {
        if let Some(graph) = &mut self.call_graph
            && let Some(node) = graph.node(body, context)
        {
            node.is_root = true;
        }
    }

    pub(super) fn named_graph(&mut self, count: u32) -> BTreeMap<String, BTreeSet<String>> {
        let Some(mut graph) = self.call_graph.take() else { return BTreeMap::new() };
        for (body, nodes) in &mut graph.nodes {
            let is_module = self.body(*body).1.kind == BodyKind::Module;
            for node in nodes.iter_mut() {
                node.is_root |= is_module;
            }
        }
        let reached = graph.reached(count);
        let mut result: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for index in (0..count).map(BodyIndex) {
            let (file, body) = self.body(index);
            if self.input.program.file(vansire_python::FileId(file)).is_stub || body.kind == BodyKind::Class {
                continue;
            }
            let calls = result.entry(self.dotted(index)).or_default();
            for call in reached.get(&index).into_iter().flatten() {
                calls.insert(match call {
                    CallName::Body(body) => self.dotted(*body),
                    CallName::External(name) => match name.as_str().strip_prefix("builtins.") {
                        Some(name) => format!("<builtin>.{name}"),
                        None => name.to_string(),
                    },
                });
            }
        }
        result
    }
}
