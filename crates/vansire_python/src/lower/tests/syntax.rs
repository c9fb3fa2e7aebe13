//! Every syntax, lowered.

use super::{check, check_bodies, dump};
use crate::ir::StmtKind;
use crate::lower::lower;
use crate::source::SourceFile;

#[test]
fn constants() {
    check("None; True; False; ...", "None\nTrue\nFalse\n...");
    check("0; 0xFF; 1_000; -3", "0\n255\n1000\n(Negative 3)");
    check("9223372036854775807", "9223372036854775807");
    check("9223372036854775808; 99999999999999999999999", "<big>\n<big>");
    check("1.5; 1e3; 2j", "1.5\n1000.0\n<complex>");
    check("'a' \"b\" '''c'''; ''", "\"abc\"\n\"\"");
    check(r"'\x41\u00e9\n'; r'\n'", "\"Aé\\n\"\n\"\\\\n\"");
    check(r"b'a' b'\xff' rb'\x'", "b\"a\u{FFFD}\\\\x\"");
}

#[test]
fn operators() {
    check(
        "1 + 2 - 3 * 4 @ 5 / 6 // 7 % 8",
        "((1 Add 2) Subtract (((((3 Multiply 4) MatrixMultiply 5) Divide 6) FloorDivide 7) Modulo 8))",
    );
    check("1 << 2 >> 3", "((1 LeftShift 2) RightShift 3)");
    check("1 & 2 | 3 ^ 4", "((1 BitAnd 2) BitOr (3 BitXor 4))");
    check("2 ** 3 ** 4", "(2 Power (3 Power 4))");
    check("not -(+~1)", "(Not (Negative (Positive (Invert 1))))");
    check("a and b and c or d", "((a and b and c) or d)");
    check("a < b <= c != d is not e not in f", "(a Less b LessEqual c NotEqual d IsNot e NotIn f)");
    check(
        "a == b; a > b; a >= b; a is b; a in b",
        "(a Equal b)\n(a Greater b)\n(a GreaterEqual b)\n(a Is b)\n(a In b)",
    );
    check("a if b else c if d else e", "(a if b else (c if d else e))");
}

#[test]
fn containers_and_access() {
    check("(); (1,); [1, *a]; {1, 2}", "(,)\n(1,)\n[1, *a]\n{1, 2}");
    check("{'a': 1, **b}; {}", "{\"a\": 1, **b}\n{}");
    check("a.b.c; a[0]; a[1:2, ::3]; a[*b, c]", "a.b.c\na[0]\na[(1:2:-, -:-:3,)]\na[(*b, c,)]");
    check("f(a, *b, c=1, *d, **e)", "f(a, *b, c=1, *d, **e)");
    check("f(x for x in y)", "f(Generator(x@0 for x@0 in y))");
}

#[test]
fn f_strings() {
    check("f'a{b}c' 'd' f'{e}'", "f<\"a\" {b} \"cd\" {e}>");
    check("f'{b!r:>{width}.2f}'", "f<{b!r:\">\" {width} \".2f\"}>");
    check("f'{b!s}{c!a}{{}}'", "f<{b!s} {c!a} \"{}\">");
    check("f'plain' 'er'; f''", "\"plainer\"\n\"\"");
    check("f'{x=}'; f'{ x = :5}'", "f<\"x=\" {x!r}>\nf<\" x = \" {x:\"5\"}>");
    check("f'{a['k']}{f\"{b}\"}'", "f<{a[\"k\"]} {f<{b}>}>");
    check("rf'\\d{a}'", "f<\"\\\\d\" {a}>");
}

#[test]
fn t_strings() {
    check("t'a{b!r:x}c'", "t<\"a\" {b!r:\"x\"} \"c\">");
    check("t'plain'", "t<\"plain\">");
    check("t'a' t'{b}'", "t<\"a\" {b}>");
}

#[test]
fn assignments() {
    check("a = b.c = d[0] = 1", "a@0 = b.c = d[0] = 1");
    check("a, (b, *c) = [d] = x", "(a@0, (b@1, *c@2)) = (d@3) = x");
    check("a: int = 1", "a@0: int = 1");
    check("a: int; b.c: str", "a@0: int\nb.c: str");
    check("a += 1; a.b //= 2; a[0] @= 3", "a@0 Add= 1\na@0.b FloorDivide= 2\na@0[0] MatrixMultiply= 3");
    check("del a, b.c, (d[0], e)", "del a@0, b.c, (d[0], e@1)");
}

#[test]
fn simple_statements() {
    check("raise\nraise A; raise A from b", "raise - from -\nraise A from -\nraise A from b");
    check("assert a; assert a, 'm'", "assert a, -\nassert a, \"m\"");
    check("pass", "pass");
    check("import a", "@0 = import a");
    check("import a.b.c, d.e as f, g as h", "@0 = import a.b.c\n@1 = import as d.e\n@2 = import as g");
    check("from a.b import c as d, e", "@0 = from 0:a.b import c\n@1 = from 0:a.b import e");
    check("from . import a", "@0 = from 1: import a");
    check("from ...a import b", "@0 = from 3:a import b");
    check("from .... import a", "@0 = from 4: import a");
    check("from a import *", "from 0:a import *");
}

#[test]
fn compound_statements() {
    check(
        "if a:\n  b\nelif c:\n  d\nelif e:\n  f\nelse:\n  g",
        "if a\n  b\nelse\n  if c\n    d\n  else\n    if e\n      f\n    else\n      g",
    );
    check("while a:\n  break\nelse:\n  b", "while a\n  break\nelse\n  b");
    check("for x, y in z:\n  continue\nelse:\n  b", "for (x@0, y@1) in z\n  continue\nelse\n  b");
    check("with a as b, c, d() as (e, f):\n  pass", "with a as b@0, c, d() as (e@1, f@2)\n  pass");
    check("with (a as b, c as d,):\n  pass", "with a as b@0, c as d@1\n  pass");
    check(
        "try:\n  a\nexcept A as e:\n  b\nexcept (B, C):\n  c\nexcept:\n  d\nelse:\n  f\nfinally:\n  g",
        "try\n  a\nexcept A as e@0\n  b\nexcept (B, C,)\n  c\nexcept -\n  d\nelse\n  f\nfinally\n  g",
    );
    check("try:\n  a\nexcept* A as e:\n  b", "try\n  a\nexcept* A as e@0\n  b");
    // Python 3.14 allows this without parentheses.
    check("try:\n  a\nexcept A, B:\n  b", "try\n  a\nexcept (A, B,)\n  b");
}

#[test]
fn match_statements() {
    check(
        "match a:
  case 1 | 'x' | -2.5 | 1 + 2j: pass
  case None | True: pass
  case m.Color.RED: pass
  case [a, _, *rest] | (a, _, *rest): pass
  case [*_]: pass
  case {'k': v, m.K: 2, **rest}: pass
  case Point(x, 0, z=zz, w=None): pass
  case str() as s if s.x: pass
  case name: pass
match a:
  case _: pass",
        "match a@0
  case 1 | \"x\" | (Negative 2.5) | (1 Add <complex>)
    pass
  case is None | is True
    pass
  case m.Color.RED
    pass
  case [a@0, _, *rest@1] | [a@0, _, *rest@1]
    pass
  case [*_]
    pass
  case {\"k\": v@2, m.K: 2 **rest@1}
    pass
  case Point(x@3, 0, z=zz@4, w=is None)
    pass
  case str() as s@5 if s@5.x
    pass
  case name@6
    pass
match a@0
  case _
    pass",
    );
    // Soft keywords stay names.
    check(
        "match = case = type = 1\nmatch(case)\ntype(_)",
        "match@0 = case@1 = type@2 = 1\nmatch@0(case@1)\ntype@2(_)",
    );
}

#[test]
fn functions() {
    check_bodies(
        "
@outer
@inner(1)
async def f(a, /, b: int = 1, *c: str, d, e=2, **g) -> None:
    await a
    async with a as x: pass
    async for y in b: pass
    return [z async for z in c]
",
        "
        #0 module  [f]
          @0 = function #1
        #1 function f(/a, b: int = 1, *c: str, =d, =e = 2, **g) -> None [a b c d e g x y z] @outer @inner(1) async
          await a@0
          async with a@0 as x@6
            pass
          async for y@7 in b@1
            pass
          return List(z@8 async for z@8 in c@2)
",
    );
    check_bodies(
        "def f():\n  x = yield\n  yield x\n  yield from x\n  return",
        "
        #0 module  [f]
          @0 = function #1
        #1 function f() [x] generator
          x@0 = yield -
          yield x@0
          yield from x@0
          return -
",
    );
}

#[test]
fn lambdas() {
    check_bodies(
        "f = lambda x, *y, z=1: x\ndef g():\n  return (lambda: 1), lambda: (lambda: 2)",
        "
        #0 module  [f g]
          f@0 = lambda #1
          @1 = function #2
        #1 lambda <lambda1>(x, *y, =z = 1) [x y z]
          return x@0
        #2 function g() []
          return (lambda #3, lambda #4,)
        #3 lambda g.<lambda1>() []
          return 1
        #4 lambda g.<lambda2>() []
          return lambda #5
        #5 lambda g.<lambda2>.<lambda1>() []
          return 2
",
    );
}

#[test]
fn classes() {
    check_bodies(
        "@d\nclass C(B, metaclass=M, *x, **y):\n  a = 1\n  b = a\n  def m(self): return a",
        "
        #0 module  [C]
          @0 = class #1
        #1 class C(B, metaclass=M, *x, **y) [a b m] @d
          a@0 = 1
          b@1 = a?0
          @2 = function #2
        #2 function C.m(self) [self]
          return a
",
    );
}

#[test]
fn type_parameters() {
    check_bodies(
        "def f[T: int, *Ts, **P](a: T) -> T:\n  return T\nclass C[T](B[T]):\n  x: T\ntype A[T] = list[T]",
        "
        #0 module  [f C A T* Ts P T* T]
          T@3 = int
          Ts@4 = TypeVarTuple
          P@5 = ParamSpec
          @0 = function #1
          T@6 = TypeVar
          @1 = class #2
          T@7 = TypeVar
          A@2 = list[T@7]
        #1 function f(a: T@3) -> T@3 [a] T<@3
          return T^0
        #2 class C(B[T@6]) [x] T<@6
          x@0: T^0
",
    );
}

#[test]
fn quoted_annotations_are_references() {
    check_bodies(
        "def f(a: 'C', b: Optional['x.D'], c: Literal['r'], d: Annotated['C', 'm'], e='s') -> 'list[C]': pass",
        "
        #0 module  [f]
          @0 = function #1
        #1 function f(a: C, b: Optional[x.D], c: Literal[\"r\"], d: Annotated[(C, \"m\",)], e = \"s\") -> list[C] [a b c d e]
          pass
",
    );
    // What is no expression stays a string.
    check("a: 'not valid!'", "a@0: \"not valid!\"");
    check("a: '\\x41'", "a@0: \"A\"");
}

#[test]
fn broken_code_is_reported_and_the_rest_kept() {
    let lowered = lower(&SourceFile::new("test.py", "a = 1\nb = (\nc = 2\ndef f(:\n  return d.\n"));
    assert!(!lowered.errors.is_empty());
    assert!(lowered.errors.iter().all(|error| error.line >= 2), "{:?}", lowered.errors);
    let dump = dump::module(&lowered.module);
    assert!(dump.contains("a@0 = 1"), "{dump}");
    assert!(dump.contains("function f"), "{dump}");
    for text in [
        "x = ",
        "x.",
        "f(",
        "import",
        "from a import",
        "def",
        "class",
        "lambda",
        "match x:",
        "{",
        "f'{'",
        "\"",
        "@",
        "global",
        "del",
        "for in",
        "with as:",
        "try:",
        "x[",
        "nonlocal x",
        "return",
        "yield",
        "await",
        "case",
        "a = b = ",
        "é¿",
        "  indented",
        "if x:\n\tif y:\n  z",
    ] {
        lower(&SourceFile::new("test.py", text));
    }
}

#[test]
fn spans_of_definitions_leave_decorators_out() {
    let text = "@a  # comment def\n\n# class\n@b(1)\nasync def f(x): pass\n@c\nclass D: pass\n";
    let source = SourceFile::new("test.py", text);
    let module = lower(&source).module;
    let [_, function, class] = module.bodies.as_slice() else { panic!("three bodies") };
    assert_eq!(source.text_of(function.span), "async def f(x): pass");
    assert_eq!(source.text_of(function.name_span), "f");
    assert_eq!(source.text_of(class.span), "class D: pass");
    assert_eq!(source.location(class.name_span), (7, 7, 7, 8, None));
    assert!(matches!(module.bodies[0].block[0].kind, StmtKind::Function { .. }));
    assert_eq!(source.text_of(module.bodies[0].block[0].span), "async def f(x): pass");
}

#[test]
fn spans_of_expressions() {
    let text = "x = (f(a)\n     .b)\nif a: pass\nelif b: pass\n";
    let source = SourceFile::new("test.py", text);
    let module = lower(&source).module;
    let StmtKind::Assign { value, .. } = &module.bodies[0].block[0].kind else { panic!("an assignment") };
    assert_eq!(source.text_of(value.span), "f(a)\n     .b");
    assert_eq!(source.location(value.span), (1, 6, 2, 8, None));
    let StmtKind::If { or_else, .. } = &module.bodies[0].block[1].kind else { panic!("an if") };
    assert_eq!(source.text_of(or_else[0].span), "elif b: pass");
}
