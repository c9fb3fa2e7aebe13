//! Names under which a value comes to be kept, where local variables hold it in between.

use std::collections::BTreeSet;

use vansire_python::Symbol;
use vansire_python::ir::{
    ArgumentKind, Call, Expr, ExprKind, Span, Stmt, StmtKind, StringPart, Target, TargetKind, Variable,
};

use super::place::contains;
use super::purpose::{names_of_target, text_of};
use super::strings::is_text_method;

/// Functions whose result can be guessed when what goes in can: other forms of it, and its digests.
const FORMS: [&str; 36] = [
    "str",
    "repr",
    "ascii",
    "format",
    "int",
    "float",
    "hex",
    "oct",
    "bin",
    "chr",
    "abs",
    "round",
    "bytes",
    "bytearray",
    "list",
    "tuple",
    "sorted",
    "reversed",
    "map",
    "dumps",
    "hexlify",
    "b16encode",
    "b32encode",
    "b64encode",
    "b85encode",
    "standard_b64encode",
    "urlsafe_b64encode",
    "md5",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "blake2b",
    "quote",
    "UUID",
];

/// Methods besides those of texts that only change the form.
const FORM_METHODS: [&str; 3] = ["digest", "hexdigest", "to_bytes"];

/// One way through the statements of a body, in their order.
struct Walk<'a> {
    /// Where the value comes from.
    span: Span,
    names: &'a mut Vec<Symbol>,
}

/// Which local variables hold the value, or something made of it.
type Holding = BTreeSet<u32>;

/// Adds the names under which what a call gives is kept, passed on or stored, through local variables.
pub(super) fn names_of_uses(block: &[Stmt], span: Span, names: &mut Vec<Symbol>) {
    let mut holding = Holding::new();
    Walk { span, names }.block(block, &mut holding);
}

impl Walk<'_> {
    fn block(&mut self, block: &[Stmt], holding: &mut Holding) {
        for statement in block {
            // Before the call, nothing holds its result.
            if !holding.is_empty() || contains(statement.span, self.span) {
                self.statement(statement, holding);
            }
        }
    }

    fn branches(&mut self, blocks: &[&[Stmt]], holding: &mut Holding) {
        let before = holding.clone();
        let mut after = Holding::new();
        for block in blocks {
            let mut own = before.clone();
            self.block(block, &mut own);
            after.append(&mut own);
        }
        *holding = after;
    }

    fn statement(&mut self, statement: &Stmt, holding: &mut Holding) {
        match &statement.kind {
            StmtKind::Assign { targets, value, .. } => {
                let holds = self.is_made(value, holding, false);
                for target in targets {
                    self.assigned(target, holds, holding);
                }
            }
            StmtKind::AugmentedAssign { target, value, .. } if self.is_made(value, holding, false) => {
                self.assigned(target, true, holding);
            }
            StmtKind::Expr(value) => {
                self.is_made(value, holding, true);
            }
            StmtKind::Return(Some(value)) => {
                self.is_made(value, holding, false);
            }
            StmtKind::If { body, or_else, .. } => self.branches(&[body, or_else], holding),
            StmtKind::While { body, or_else, .. } | StmtKind::For { body, or_else, .. } => {
                self.branches(&[body, &[]], holding);
                // What the end of a round leaves is there in the next.
                self.branches(&[body, &[]], holding);
                self.block(or_else, holding);
            }
            StmtKind::With { body, .. } => self.block(body, holding),
            StmtKind::Try { body, handlers, or_else, finally, .. } => {
                let mut blocks: Vec<&[Stmt]> = vec![&[]];
                self.block(body, holding);
                self.block(or_else, holding);
                blocks.extend(handlers.iter().map(|handler| handler.body.as_slice()));
                self.branches(&blocks, holding);
                self.block(finally, holding);
            }
            StmtKind::Match { cases, .. } => {
                let mut blocks: Vec<&[Stmt]> = vec![&[]];
                blocks.extend(cases.iter().map(|case| case.body.as_slice()));
                self.branches(&blocks, holding);
            }
            _ => {}
        }
    }

    fn assigned(&mut self, target: &Target, holds: bool, holding: &mut Holding) {
        if holds {
            names_of_target(target, self.names);
        }
        match &target.kind {
            TargetKind::Name(Variable::Local(slot), _) => {
                if holds {
                    holding.insert(slot.0);
                } else {
                    holding.remove(&slot.0);
                }
            }
            TargetKind::Sequence(targets) => {
                for target in targets {
                    self.assigned(target, holds, holding);
                }
            }
            TargetKind::Starred(target) => self.assigned(target, holds, holding),
            _ => {}
        }
    }

    /// Whether an expression's value is made of the one looked for. `alone`: nobody takes what it gives, so that
    /// a call in it keeps what it's given.
    fn is_made(&mut self, expression: &Expr, holding: &mut Holding, alone: bool) -> bool {
        if expression.span == self.span {
            return true;
        }
        let mut any = |values: &mut dyn Iterator<Item = &Expr>| {
            values.filter(|value| self.is_made(value, holding, false)).count() > 0
        };
        match &expression.kind {
            ExprKind::Name(Variable::Local(slot), _) => holding.contains(&slot.0),
            ExprKind::Binary(_, left, right) => any(&mut [&**left, &**right].into_iter()),
            ExprKind::Conditional { body, or_else, .. } => any(&mut [&**body, &**or_else].into_iter()),
            ExprKind::Boolean(_, values)
            | ExprKind::Tuple(values)
            | ExprKind::List(values)
            | ExprKind::Set(values) => any(&mut values.iter()),
            ExprKind::Subscript(value, _) | ExprKind::Starred(value) | ExprKind::Await(value) => {
                self.is_made(value, holding, alone)
            }
            ExprKind::Interpolated(parts) => any(&mut parts.iter().filter_map(|part| match part {
                StringPart::Value { value, .. } => Some(value),
                StringPart::Literal(_) => None,
            })),
            ExprKind::Dict(entries) => {
                let mut made = false;
                for (key, value) in entries {
                    if self.is_made(value, holding, false) {
                        self.names.extend(key.as_ref().and_then(text_of));
                        made = true;
                    }
                }
                made
            }
            ExprKind::Comprehension(comprehension) => self.is_made(&comprehension.element, holding, false),
            ExprKind::Named(variable, name, value) => {
                let made = self.is_made(value, holding, false);
                if made {
                    self.names.push(*name);
                    if let Variable::Local(slot) = variable {
                        holding.insert(slot.0);
                    }
                }
                made
            }
            ExprKind::Call(call) => self.is_made_by_call(call, holding, alone),
            _ => false,
        }
    }

    fn is_made_by_call(&mut self, call: &Call, holding: &mut Holding, alone: bool) -> bool {
        let (name, of_receiver) = match &call.callee.kind {
            ExprKind::Name(_, name) => (*name, false),
            ExprKind::Attribute(receiver, name) => (*name, self.is_made(receiver, holding, false)),
            _ => return false,
        };
        let mut given = false;
        for argument in &call.arguments {
            if !self.is_made(&argument.value, holding, false) {
                continue;
            }
            given = true;
            if let ArgumentKind::Keyword(keyword) = argument.kind {
                self.names.push(keyword);
            }
        }
        let method = name.as_str();
        let changes_form = is_text_method(method) || FORM_METHODS.contains(&method);
        if of_receiver && changes_form {
            return true;
        }
        if given && alone {
            self.names.push(name);
        }
        given && (changes_form || FORMS.contains(&method))
    }
}
