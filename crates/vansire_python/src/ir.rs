//! The intermediate representation: what lowering keeps of a file.
//!
//! It is structured (branches and loops nest, as in the source), with names resolved to slots. The
//! solver interprets it abstractly, joining states where control flow joins. Nothing in it depends
//! on any other file.

use crate::Symbol;

/// Byte offsets into the decoded text of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

/// A body within its file; 0 is the module body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BodyId(pub u32);

/// A local variable of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(pub u32);

/// Everything of one file.
#[derive(Debug)]
pub struct IrModule {
    /// `bodies[0]` is the module body. A body's parent comes before it.
    pub bodies: Vec<Body>,
    /// The docstring and `__all__`, when they are constant.
    pub exports: Option<Vec<Symbol>>,
    /// Every name imported anywhere in the file, absolute imports only: `os.path`, `flask`. For
    /// choosing models. Sorted, unique.
    pub imports: Vec<Symbol>,
    /// What is imported anywhere in the file by names that count from its own package, with their dots: `.models`,
    /// `..`. Sorted, unique.
    pub relative_imports: Vec<Symbol>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    Module,
    Class,
    Function,
    Lambda,
}

/// A function, a lambda, a class body or the module body. Comprehensions and generator expressions
/// are evaluated within the body that holds them, with slots of their own.
#[derive(Debug)]
pub struct Body {
    pub kind: BodyKind,
    /// `f`; `<lambda1>`, numbered in their scope from 1; the module body has an empty name.
    pub name: Symbol,
    /// Dotted, within the module: `outer.inner`, `Class.method`, `f.<lambda1>`; empty for the module.
    pub qualified_name: Symbol,
    pub parent: Option<BodyId>,
    /// The whole definition, decorators left out.
    pub span: Span,
    /// The name in `def name`; for lambdas and modules the start of the body.
    pub name_span: Span,
    /// Parameters have the first slots, in this order.
    pub parameters: Vec<Parameter>,
    /// Local variables: parameters first. In module and class bodies the names bound there; hidden
    /// slots of comprehensions come too, so that a name may stand more than once.
    pub slots: Vec<Slot>,
    /// Variables captured from enclosing functions, directly or for the sake of an inner body.
    pub free: Vec<FreeVariable>,
    /// Names declared `global` here and assigned here.
    pub global_writes: Vec<Symbol>,
    pub is_async: bool,
    pub is_generator: bool,
    /// A generator that looks at what its `yield` gives: what is sent into it.
    pub receives: bool,
    /// `-> annotation`
    pub returns: Option<Box<Expr>>,
    /// Decorators, outermost first (as written).
    pub decorators: Vec<Expr>,
    /// For a class: its bases and keywords as the arguments of a call.
    pub bases: Vec<Argument>,
    pub block: Vec<Stmt>,
    /// Every identifier that stands in this body's own code as an attribute, a name, an imported name
    /// or a keyword: a filter that tells cheaply what a body can't do. Sorted by number, unique.
    pub mentions: Vec<Symbol>,
}

#[derive(Debug)]
pub struct Slot {
    pub name: Symbol,
    /// An inner body captures it: it lives in a cell.
    pub captured: bool,
}

#[derive(Debug)]
pub struct FreeVariable {
    pub name: Symbol,
    pub from: Captured,
}

/// Where the parent body has a variable that an inner body captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Captured {
    Slot(SlotId),
    Free(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    PositionalOnly,
    Positional,
    /// `*args`
    Starred,
    KeywordOnly,
    /// `**kwargs`
    DoubleStarred,
}

#[derive(Debug)]
pub struct Parameter {
    pub name: Symbol,
    pub kind: ParameterKind,
    pub span: Span,
    /// Evaluated in the enclosing body when the definition is executed.
    pub default: Option<Expr>,
    pub annotation: Option<Expr>,
}

/// A resolved name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    Local(SlotId),
    /// An index into [`Body::free`].
    Free(u32),
    /// A global of the module, or a builtin. In the module body itself, names bound there are `Local`.
    Global(Symbol),
    /// In a class body: a name bound in the class body at some point, which before that is looked up
    /// in the second place.
    ClassThenGlobal(SlotId),
}

#[derive(Debug)]
pub struct Expr {
    pub span: Span,
    pub kind: ExprKind,
}

#[derive(Debug)]
pub enum Constant {
    None,
    True,
    False,
    Ellipsis,
    Integer(i64),
    /// Too large for 64 bits.
    BigInteger,
    Float(f64),
    Complex,
    String(Box<str>),
    Bytes(Box<[u8]>),
}

#[derive(Debug)]
pub enum ExprKind {
    Constant(Constant),
    Name(Variable, Symbol),
    Attribute(Box<Expr>, Symbol),
    Subscript(Box<Expr>, Box<Expr>),
    /// Only as the index of a subscript, or inside a tuple that is one.
    Slice(Option<Box<Expr>>, Option<Box<Expr>>, Option<Box<Expr>>),
    Call(Box<Call>),
    Binary(BinaryOperator, Box<Expr>, Box<Expr>),
    Unary(UnaryOperator, Box<Expr>),
    /// `and` when true, else `or`.
    Boolean(bool, Vec<Expr>),
    Compare(Box<Expr>, Vec<(CompareOperator, Expr)>),
    Conditional {
        test: Box<Expr>,
        body: Box<Expr>,
        or_else: Box<Expr>,
    },
    Tuple(Vec<Expr>),
    List(Vec<Expr>),
    Set(Vec<Expr>),
    /// A missing key is `**value`.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// Only as an element of a tuple, list or set.
    Starred(Box<Expr>),
    Lambda(BodyId),
    Comprehension(Box<Comprehension>),
    /// An f-string; also one that is joined from several literals. Literal text next to literal text is merged.
    Interpolated(Vec<StringPart>),
    /// A t-string (Python 3.14).
    Template(Vec<StringPart>),
    /// `target := value`
    Named(Variable, Symbol, Box<Expr>),
    Yield(Option<Box<Expr>>),
    YieldFrom(Box<Expr>),
    Await(Box<Expr>),
    /// What could not be parsed, or nests too deep.
    Invalid,
}

#[derive(Debug)]
pub struct Call {
    pub callee: Expr,
    /// In source order.
    pub arguments: Vec<Argument>,
    /// The class that `type(name, bases, namespace)` makes: a body without statements, for its identity.
    pub class: Option<BodyId>,
}

#[derive(Debug)]
pub struct Argument {
    pub kind: ArgumentKind,
    pub value: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentKind {
    Positional,
    /// `*value`
    Starred,
    Keyword(Symbol),
    /// `**value`
    DoubleStarred,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComprehensionKind {
    List,
    Set,
    Dict,
    Generator,
}

#[derive(Debug)]
pub struct Comprehension {
    pub kind: ComprehensionKind,
    /// The key in a dictionary comprehension.
    pub key: Option<Expr>,
    pub element: Expr,
    pub clauses: Vec<ComprehensionClause>,
}

#[derive(Debug)]
pub struct ComprehensionClause {
    pub target: Target,
    pub iterable: Expr,
    pub conditions: Vec<Expr>,
    pub is_async: bool,
}

#[derive(Debug)]
pub enum StringPart {
    Literal(Box<str>),
    Value {
        value: Expr,
        /// `s`, `r`, `a`, or none.
        conversion: Option<char>,
        /// Empty when there is none.
        format: Vec<StringPart>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    MatrixMultiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    LeftShift,
    RightShift,
    BitAnd,
    BitOr,
    BitXor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOperator {
    Not,
    Negative,
    Positive,
    Invert,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOperator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Is,
    IsNot,
    In,
    NotIn,
}

/// What can be assigned to.
#[derive(Debug)]
pub struct Target {
    pub span: Span,
    pub kind: TargetKind,
}

#[derive(Debug)]
pub enum TargetKind {
    Name(Variable, Symbol),
    Attribute(Box<Expr>, Symbol),
    Subscript(Box<Expr>, Box<Expr>),
    /// A tuple or a list.
    Sequence(Vec<Target>),
    /// Only inside a sequence.
    Starred(Box<Target>),
    Invalid,
}

#[derive(Debug)]
pub struct Stmt {
    pub span: Span,
    pub kind: StmtKind,
}

#[derive(Debug)]
pub enum StmtKind {
    Expr(Expr),
    /// `a = b = value`; also annotated assignments with a value.
    Assign {
        targets: Vec<Target>,
        value: Expr,
        annotation: Option<Box<Expr>>,
    },
    /// `name: annotation` without a value.
    Annotate {
        target: Target,
        annotation: Expr,
    },
    AugmentedAssign {
        target: Target,
        operator: BinaryOperator,
        value: Expr,
    },
    Delete(Vec<Target>),
    Return(Option<Expr>),
    Raise {
        exception: Option<Expr>,
        cause: Option<Expr>,
    },
    Assert {
        test: Expr,
        message: Option<Expr>,
    },
    If {
        test: Expr,
        body: Vec<Stmt>,
        or_else: Vec<Stmt>,
    },
    While {
        test: Expr,
        body: Vec<Stmt>,
        or_else: Vec<Stmt>,
    },
    For {
        target: Target,
        iterable: Expr,
        body: Vec<Stmt>,
        or_else: Vec<Stmt>,
        is_async: bool,
    },
    Try {
        body: Vec<Stmt>,
        handlers: Vec<Handler>,
        or_else: Vec<Stmt>,
        finally: Vec<Stmt>,
        is_star: bool,
    },
    With {
        items: Vec<(Expr, Option<Target>)>,
        body: Vec<Stmt>,
        is_async: bool,
    },
    Match {
        subject: Expr,
        cases: Vec<MatchCase>,
    },
    /// `def`: the body holds parameters with their defaults, and decorators.
    Function {
        body: BodyId,
        target: Variable,
    },
    /// `class`: the body holds decorators and bases.
    Class {
        body: BodyId,
        target: Variable,
    },
    /// `import a.b as c`: one statement for each name, all with the place of the whole. Without `as`, `import a.b` binds
    /// `a`.
    Import {
        module: Symbol,
        alias: bool,
        target: Variable,
    },
    /// `from ..a import b as c`: one statement for each name, all with the place of the whole; `module` may be empty.
    ImportFrom {
        level: u32,
        module: Symbol,
        name: Symbol,
        target: Variable,
    },
    /// `from a import *`
    ImportStar {
        level: u32,
        module: Symbol,
    },
    Pass,
    Break,
    Continue,
}

#[derive(Debug)]
pub struct Handler {
    pub span: Span,
    pub exception: Option<Expr>,
    pub name: Option<(Variable, Symbol)>,
    pub body: Vec<Stmt>,
}

#[derive(Debug)]
pub struct MatchCase {
    pub pattern: Pattern,
    pub guard: Option<Expr>,
    pub body: Vec<Stmt>,
}

#[derive(Debug)]
pub struct Pattern {
    pub span: Span,
    pub kind: PatternKind,
}

#[derive(Debug)]
pub enum PatternKind {
    /// A literal or a dotted name, compared with `==`.
    Value(Expr),
    /// `None`, `True`, `False`, compared with `is`.
    Singleton(Constant),
    /// `[a, *rest, b]`
    Sequence(Vec<Pattern>),
    /// `{key: pattern, **rest}`
    Mapping {
        entries: Vec<(Expr, Pattern)>,
        rest: Option<(Variable, Symbol)>,
    },
    Class {
        class: Expr,
        positional: Vec<Pattern>,
        keywords: Vec<(Symbol, Pattern)>,
    },
    /// `*name`, inside a sequence; no name for `*_`.
    Star(Option<(Variable, Symbol)>),
    /// `pattern as name`; `name` alone has no pattern; `_` has neither.
    As {
        pattern: Option<Box<Pattern>>,
        name: Option<(Variable, Symbol)>,
    },
    Or(Vec<Pattern>),
}
