//! Python's scoping rules.

use super::{check, check_bodies};

#[test]
fn module_names_are_slots_in_the_module_and_globals_elsewhere() {
    check_bodies(
        "x = 1\ndef f():\n  return x, y, f\nprint(x, y)",
        "
        #0 module  [x f]
          x@0 = 1
          @1 = function #1
          print(x@0, y)
        #1 function f() []
          return (x, y, f,)
",
    );
}

#[test]
fn a_binding_anywhere_makes_a_local() {
    check_bodies(
        "def f():\n  print(x)\n  if y:\n    while z:\n      x = 1",
        "
        #0 module  [f]
          @0 = function #1
        #1 function f() [x]
          print(x@0)
          if y
            while z
              x@0 = 1
",
    );
}

#[test]
fn everything_that_binds() {
    check_bodies(
        "
def f(p):
    import a.b, c as d
    from e import g as h, i
    for j, [k, *l] in p: pass
    with p as (m, n.attribute): pass
    try: pass
    except E as o: pass
    match p:
        case [q, *r] | {'k': s, **t} | C(u, v=w) | (1 as x): pass
    def y(): pass
    class z: pass
    aa: int
    (bb): int
    (cc): int = 1
    dd += 1
    del ee
    type ff = int
    (gg := 1)
    [(hh := ii) for ii in p]
    lambda: (jj := 1)
    return a, d, h, i, j, k, l, m, n, o, q, r, s, t, u, w, x, y, z, aa, bb, cc, dd, ee, ff, gg, hh, ii, jj
",
        "
        #0 module  [f]
          @0 = function #1
        #1 function f(p) [p a d h i j k l m o q r s t u w x y z aa cc dd ee ff gg hh ii]
          @1 = import a.b
          @2 = import as c
          @3 = from 0:e import g
          @4 = from 0:e import i
          for (j@5, (k@6, *l@7)) in p@0
            pass
          with p@0 as (m@8, n.attribute)
            pass
          try
            pass
          except E as o@9
            pass
          match p@0
            case [q@10, *r@11] | {\"k\": s@12 **t@13} | C(u@14, v=w@15) | 1 as x@16
              pass
          @17 = function #2
          @18 = class #3
          aa@19: int
          bb: int
          cc@20: int = 1
          dd@21 Add= 1
          del ee@22
          ff@23 = int
          (gg@24 := 1)
          List((hh@25 := ii@26) for ii@26 in p@0)
          lambda #4
          return (a@1, d@2, h@3, i@4, j@5, k@6, l@7, m@8, n, o@9, q@10, r@11, s@12, t@13, u@14, w@15, x@16, y@17, z@18, aa@19, bb, cc@20, dd@21, ee@22, ff@23, gg@24, hh@25, ii, jj,)
        #2 function f.y() []
          pass
        #3 class f.z() []
          pass
        #4 lambda f.<lambda1>() [jj]
          return (jj@0 := 1)
",
    );
}

#[test]
fn capture_through_functions_between() {
    check_bodies(
        "
def outer(x):
    y = 1
    def middle():
        def inner():
            return x, y
        return inner
    return middle, x
",
        "
        #0 module  [outer]
          @0 = function #1
        #1 function outer(x) [x* y* middle]
          y@1 = 1
          @2 = function #2
          return (middle@2, x@0,)
        #2 function outer.middle() [inner] x<@0 y<@1
          @0 = function #3
          return inner@0
        #3 function outer.middle.inner() [] x<^0 y<^1
          return (x^0, y^1,)
",
    );
}

#[test]
fn classes_are_invisible_to_their_functions_but_pass_captures_on() {
    check_bodies(
        "
def outer(x):
    class C:
        x = x
        y = 2
        def m(self):
            return x, y, C
        z = y
",
        "
        #0 module  [outer]
          @0 = function #1
        #1 function outer(x) [x* C*]
          @1 = class #2
        #2 class outer.C() [x y m z] x<@0 C<@1
          x@0 = x?0
          y@1 = 2
          @2 = function #3
          z@3 = y?1
        #3 function outer.C.m(self) [self] x<^0 C<^1
          return (x^0, y, C^1,)
",
    );
}

#[test]
fn nonlocal_and_global() {
    check_bodies(
        "
def outer():
    x = y = 1
    def inner():
        nonlocal x
        global y, z
        x = 2
        y += 3
        def innermost():
            nonlocal x
            x = y
        return z
",
        "
        #0 module  [outer y z]
          @0 = function #1
        #1 function outer() [x* y inner]
          x@0 = y@1 = 1
          @2 = function #2
        #2 function outer.inner() [innermost] x<@0 global:y
          x^0 = 2
          y Add= 3
          @0 = function #3
          return z
        #3 function outer.inner.innermost() [] x<^0
          x^0 = y
",
    );
    // At the module's level the declaration changes nothing.
    check("global x\nx = 1", "x@0 = 1");
    // A class may declare as well; its methods don't notice.
    check_bodies(
        "
def f(x):
    class C:
        nonlocal x
        global y
        x = 1
        y = x
        def m(self): return x, y
",
        "
        #0 module  [f y]
          @0 = function #1
        #1 function f(x) [x* C]
          @1 = class #2
        #2 class f.C() [m] x<@0 global:y
          x^0 = 1
          y = x^0
          @0 = function #3
        #3 function f.C.m(self) [self] x<^0
          return (x^0, y,)
",
    );
}

#[test]
fn global_names_have_slots_in_the_module_before_they_are_read() {
    check_bodies(
        "print(a)\nclass C:\n  def m(self):\n    if self:\n      global a\n      a = 1",
        "
        #0 module  [C a]
          print(a@1)
          @0 = class #1
        #1 class C() [m]
          @0 = function #2
        #2 function C.m(self) [self] global:a
          if self@0
            a = 1
",
    );
}

#[test]
fn comprehensions_have_variables_of_their_own() {
    check("x = 1\n[x for x in x]\nx", "x@0 = 1\nList(x@1 for x@1 in x@0)\nx@0");
    check(
        "[(a, b) for a in b if a for b in a if b]",
        // The first iterable is evaluated outside, the second inside.
        "List((a@0, b@1,) for a@0 in b if a@0 for b@1 in a@0 if b@1)",
    );
    check("{k: v for k, v in d.items()}", "Dict(k@0: v@1 for (k@0, v@1) in d.items())");
    check("[[x for x in y] for y in x]", "List(List(x@1 for x@1 in y@0) for y@0 in x)");
    check("{*() for x.a in y for x[0] in z}", "Set(*(,) for x.a in y for x[0] in z)");
}

#[test]
fn a_walrus_in_a_comprehension_binds_outside() {
    check_bodies(
        "
def f():
    global g
    any((last := x) for x in [(g := 1)])
    return last
",
        "
        #0 module  [f g]
          @0 = function #1
        #1 function f() [last x] global:g
          any(Generator((last@0 := x@1) for x@1 in [(g := 1)]))
          return last@0
",
    );
}

#[test]
fn lambdas_capture_comprehension_variables() {
    check_bodies(
        "fs = [lambda y=x: (x, y, z) for x in a]",
        "
        #0 module  [fs x*]
          fs@0 = List(lambda #1 for x@1 in a)
        #1 lambda <lambda1>(y = x@1) [y] x<@1
          return (x^0, y@0, z,)
",
    );
    // Two variables of one name are two captures.
    check_bodies(
        "
def f(x):
    return lambda: (x, [lambda: x for x in x])
",
        "
        #0 module  [f]
          @0 = function #1
        #1 function f(x) [x*]
          return lambda #2
        #2 lambda f.<lambda1>() [x*] x<@0
          return (x^0, List(lambda #3 for x@0 in x^0),)
        #3 lambda f.<lambda1>.<lambda1>() [] x<@0
          return x^0
",
    );
}

#[test]
fn comprehensions_in_classes() {
    check_bodies(
        "
class C:
    a = 1
    b = [a + x for x in a]
    c = [lambda: (a, x) for x in a]
",
        "
        #0 module  [C]
          @0 = class #1
        #1 class C() [a b c x x*]
          a@0 = 1
          b@1 = List((a?0 Add x@3) for x@3 in a?0)
          c@2 = List(lambda #2 for x@4 in a?0)
        #2 lambda C.<lambda1>() [] x<@4
          return (a, x^0,)
",
    );
}

#[test]
fn defaults_decorators_and_bases_belong_to_the_body_around() {
    check_bodies(
        "
def f(x):
    @x
    def g(a=x, *, b: x = x) -> x: pass
    @x
    class C(x, k=x): pass
    return lambda x=x: x
",
        "
        #0 module  [f]
          @0 = function #1
        #1 function f(x) [x g C]
          @1 = function #2
          @2 = class #3
          return lambda #4
        #2 function f.g(a = x@0, =b: x@0 = x@0) -> x@0 [a b] @x@0
          pass
        #3 class f.C(x@0, k=x@0) [] @x@0
          pass
        #4 lambda f.<lambda1>(x = x@0) [x]
          return x@0
",
    );
}

#[test]
fn private_names_of_classes_are_mangled() {
    check_bodies(
        "
class _C:
    __a = 1
    def __m(self, __p, *, __k=__d):
        global __g
        __g = self.__a.__b__
        import __i.__j
        from x import __y
        return _C__m, f(__k=__p)
    class __:
        __n = 1
",
        "
        #0 module  [_C _C__g]
          @0 = class #1
        #1 class _C() [_C__a _C__m __]
          _C__a@0 = 1
          @1 = function #2
          @2 = class #3
        #2 function _C.__m(self, _C__p, =_C__k = _C__d) [self _C__p _C__k _C__i _C__y] global:_C__g
          _C__g = self@0._C__a.__b__
          @3 = import __i.__j
          @4 = from 0:x import _C__y
          return (_C__m, f(__k=_C__p@1),)
        #3 class _C.__() [__n]
          __n@0 = 1
",
    );
    check("__x = 1; a.__y", "__x@0 = 1\na.__y");
}

#[test]
fn enclosing_global_declarations_are_seen_by_inner_functions() {
    check_bodies(
        "
def a(x):
    def b():
        global x
        def c():
            return x
",
        "
        #0 module  [a x]
          @0 = function #1
        #1 function a(x) [x b]
          @1 = function #2
        #2 function a.b() [c]
          @0 = function #3
        #3 function a.b.c() []
          return x
",
    );
}
