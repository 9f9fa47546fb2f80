#!/usr/bin/env python3
"""Pairs of answers whose label is known by how they are made.

usage: make-pairs.py SEED [COUNT]
Prints COUNT (5000) distinct pairs as cases.tsv has them: class, gold, given, label, reason.
Equal ones are respelt or rewritten by exact rules; unequal ones are perturbed, and checked
by mpmath where a perturbation might give the same number.
"""
import math
import random
import sys
from fractions import Fraction as F

import mpmath as mp

r = random.Random(int(sys.argv[1]))
out = []
seen = set()


def add(c, a, b, l, w):
    if (a, b) not in seen:
        seen.add((a, b))
        out.append((c, a, b, str(l), w))


ri = r.randint


def nz(a, b):
    while True:
        x = ri(a, b)
        if x:
            return x


def frac(f, style=None):
    f = F(f)
    if f.denominator == 1:
        return str(f.numerator)
    s = "-" if f < 0 else ""
    n, d = abs(f.numerator), f.denominator
    style = style or r.choice(["f", "f", "d", "s", "t"])
    if style == "s":
        return f"{s}{n}/{d}"
    if style == "k":
        k = ri(2, 5)
        return f"{s}\\frac{{{n*k}}}{{{d*k}}}"
    if style == "x" and n > d:
        return f"{s}{n//d}\\frac{{{n%d}}}{{{d}}}"
    return s + {"f": "\\frac", "d": "\\dfrac", "t": "\\tfrac", "x": "\\frac"}[style] + f"{{{n}}}{{{d}}}"


def comma(n):
    return f"{n:,}"


def integers():
    n = ri(1000, 10 ** ri(4, 12))
    k = ri(2, 9)
    add(
        "integers",
        str(n),
        r.choice(
            [comma(n), comma(n).replace(",", "{,}"), f"{n}.", f"{n}.0", f"{n-k}+{k}", f"\\left({n}\\right)"]
        ),
        1,
        "respelled",
    )
    m = r.choice([n + 1, n - 1, -n, n * 10, int(str(n)[::-1]), n + 10 ** ri(0, 3)])
    if m != n:
        add("integers", str(n), comma(m), 0, "perturbed")


def fractions():
    f = F(nz(-40, 40), ri(2, 40))
    add("fractions", frac(f, "f"), frac(f, r.choice("sdktx")), 1, "respelled")
    g = r.choice([f + F(1, f.denominator), -f, 1 / f, f * 2, f + F(1, 10**6)])
    if g != f:
        add("fractions", frac(f, "f"), frac(g), 0, "perturbed")
    if f.denominator not in (1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 40):
        add("rounded", frac(f, "f"), f"{float(f):.{ri(2,9)}f}", 0, "rounded")


def decimals():
    n = nz(-99999, 99999)
    k = ri(1, 4)
    f = F(n, 10**k)
    s = f"{abs(n)/10**k:.{k}f}"
    s = ("-" if n < 0 else "") + s
    add("decimals", s, r.choice([s + "0", frac(f), frac(f, "k")]), 1, "respelled")
    g = f + r.choice([-1, 1]) * F(1, 10 ** ri(1, k + 2))
    add("decimals", s, frac(g), 0, "perturbed")


def repeating():
    q = r.choice([3, 6, 7, 9, 11, 12, 13, 15, 27, 33, 37, 41, 99, 101, 22, 45, 18])
    p = ri(1, q - 1)
    f = F(p, q)
    if f.denominator in (1, 2, 4, 5):
        return
    i = int(f)
    rem = f - i
    seen = {}
    ds = ""
    num, d = rem.numerator, rem.denominator
    while num not in seen:
        seen[num] = len(ds)
        num *= 10
        ds += str(num // d)
        num %= d
    if num == 0:
        return
    a = ds[: seen[num]]
    b = ds[seen[num] :]
    add("repeating", frac(f, "f"), f"{i}.{a}\\overline{{{b}}}", 1, "respelled")
    b2 = b[:-1] + str((int(b[-1]) + 1) % 10)
    (
        add("repeating", frac(f, "f"), f"{i}.{a}\\overline{{{b2}}}", 0, "last digit")
        if F(int(a + b2) - int(a or 0), (10 ** len(b) - 1) * 10 ** len(a)) != rem
        else None
    )


def sq(n):
    return f"\\sqrt{{{n}}}"


def radicals():
    a, b = ri(2, 12), r.choice([2, 3, 5, 6, 7, 10, 11, 13, 14, 15])
    add(
        "radicals",
        sq(a * a * b),
        r.choice([f"{a}{sq(b)}", f"{sq(b)}\\cdot{a}", f"\\frac{{{a*b}}}{{{sq(b)}}}"]),
        1,
        "simplified",
    )
    add(
        "radicals",
        sq(a * a * b),
        r.choice([f"{a+1}{sq(b)}", f"{a}{sq(b+1)}", f"-{a}{sq(b)}", f"{math.sqrt(a*a*b):.6f}"]),
        0,
        "perturbed",
    )
    c = ri(1, 9)
    if c * c != b:
        add(
            "radicals",
            f"\\frac{{{a}}}{{{sq(b)}+{c}}}",
            f"\\frac{{{a}({sq(b)}-{c})}}{{{b-c*c}}}",
            1,
            "conjugate",
        )
        add(
            "radicals",
            f"\\frac{{{a}}}{{{sq(b)}+{c}}}",
            f"\\frac{{{a}({sq(b)}+{c})}}{{{b-c*c}}}",
            0,
            "no conjugate",
        )
    x, y = sorted(r.sample([2, 3, 5, 6, 7, 10, 11], 2))
    add("radicals", f"\\sqrt{{{x+y}+2{sq(x*y)}}}", f"{sq(x)}+{sq(y)}", 1, "denested")
    add("radicals", f"\\sqrt{{{x+y}-2{sq(x*y)}}}", f"{sq(x)}-{sq(y)}", 0, "denested, wrong sign")


def pis():
    f = F(nz(-30, 30), ri(1, 12))
    n, d = f.numerator, f.denominator
    s = lambda f: (
        ("-" if f < 0 else "")
        + (
            f"\\frac{{{abs(f.numerator)}\\pi}}{{{f.denominator}}}"
            if f.denominator > 1
            else f"{abs(f.numerator)}\\pi"
        )
    )
    add(
        "pi",
        s(f),
        r.choice([f"{frac(f,'f')}\\pi", f"\\pi\\cdot({frac(f,'f')})", f"{n}\\pi/{d}"]),
        1,
        "respelled",
    )
    g = r.choice([f + 1, -f, f * 2])
    add("pi", s(f), s(g), 0, "perturbed")
    add("pi", s(f), f"{float(f)*math.pi:.{ri(2,8)}f}", 0, "rounded")


def mul(p, q):
    o = [0] * (len(p) + len(q) - 1)
    for i, x in enumerate(p):
        for j, y in enumerate(q):
            o[i + j] += x * y
    return o


def poly(p, v="x"):
    t = []
    for k in range(len(p) - 1, -1, -1):
        c = p[k]
        if not c:
            continue
        m = "" if k == 0 else v if k == 1 else f"{v}^{{{k}}}" if k > 9 or r.random() < 0.3 else f"{v}^{k}"
        a = abs(c)
        t.append(("-" if c < 0 else "+") + ("" if a == 1 and m else str(a)) + m)
    return ("".join(t) or "0").lstrip("+")


def polynomials():
    v = r.choice("xyzntab")
    fs = [[nz(-7, 7), r.choice([1, 1, 1, 2, 3])] for _ in range(ri(2, 3))]
    p = [1]
    for f in fs:
        p = mul(p, f)
    fac = "".join(f"({poly(f,v)})" for f in r.sample(fs, len(fs)))
    add("polynomials", poly(p, v), fac, 1, "factored")
    add("polynomials", fac, poly(p, v), 1, "expanded") if r.random() < 0.5 else None
    q = p[:]
    i = ri(0, len(p) - 1)
    q[i] += nz(-2, 2)
    add("polynomials", poly(q, v), fac, 0, "coefficient")
    add("polynomials", poly(p, v), poly(p, "w"), 0, "variable")


def rational():
    a, b = r.sample(range(-6, 7), 2)
    v = r.choice("xyt")
    L = lambda c: poly([c, 1], v)
    A, Bc = nz(-5, 5), nz(-5, 5)
    s = f"\\frac{{{A}}}{{{L(a)}}}+\\frac{{{Bc}}}{{{L(b)}}}"
    n = [A * b + Bc * a, A + Bc]
    if n == [0, 0]:
        return
    add("rational", s, f"\\frac{{{poly(n,v)}}}{{({L(a)})({L(b)})}}", 1, "common denominator")
    add("rational", s, f"\\frac{{{poly([n[0]+1,n[1]],v)}}}{{({L(a)})({L(b)})}}", 0, "numerator")


def lines():
    m, c, k = nz(-9, 9), nz(-9, 9), nz(-5, 5)
    y = f"y={poly([c,m])}"
    st = (
        lambda a, b, c, rhs: "".join(
            [
                ("-" if a < 0 else "") + ("" if abs(a) == 1 else str(abs(a))) + "x",
                ("-" if b < 0 else "+") + ("" if abs(b) == 1 else str(abs(b))) + "y",
                ("-" if c < 0 else "+") + str(abs(c)) if c else "",
            ]
        )
        + f"={rhs}"
    )
    add("equations", y, st(k * m, -k, k * c, 0), 1, "scaled")
    add("equations", y, st(-m, 1, 0, c), 1, "moved")
    add("equations", y, st(k * m, -k, k * c + 1, 0), 0, "constant")
    add("equations", y, st(-m - 1 or 5, 1, 0, c), 0, "slope")
    n = nz(-99, 99)
    v = r.choice("xyzkmn")
    add("equations", str(n), f"{v}={n}", 1, "assignment")
    add("equations", f"{v}={n}", f"{v}={-n}", 0, "sign")


def intervals():
    a, b = sorted(r.sample(range(-20, 21), 2))
    lo, hi = r.choice("(["), r.choice(")]")
    i = f"{lo}{a},{b}{hi}"
    o1 = "<" if lo == "(" else "\\le"
    o2 = "<" if hi == ")" else "\\le"
    add(
        "intervals",
        i,
        r.choice([f"{a} {o1} x {o2} {b}", f"x\\in{i}", f"\\left{lo}{a},\\ {b}\\right{hi}"]),
        1,
        "respelled",
    )
    j = ("[" if lo == "(" else "(") + i[1:]
    add("intervals", i, r.choice([j, f"{a-1} {o1} x {o2} {b}", f"{lo}{a},{b+1}{hi}"]), 0, "perturbed")
    u, w = f"(-\\infty,{a}{hi}", f"{lo}{b},\\infty)"
    oa = "<" if hi == ")" else "\\le"
    ob = ">" if lo == "(" else "\\ge"
    add(
        "intervals",
        f"{u}\\cup{w}",
        r.choice([f"{w}\\cup{u}", f"x{oa} {a}\\text{{ or }}x{ob} {b}"]),
        1,
        "union",
    )
    add(
        "intervals",
        f"{u}\\cup{w}",
        r.choice([u, f"{u}\\cup({b+1},\\infty)", f"({a},{b})"]),
        0,
        "union perturbed",
    )


def lists():
    xs = [frac(F(nz(-30, 30), r.choice([1, 1, 1, 2, 3])), "f") for _ in range(ri(2, 5))]
    xs = list(dict.fromkeys(xs))
    if len(xs) < 2:
        return
    ys = xs[:]
    r.shuffle(ys)
    add(
        "lists",
        ", ".join(xs),
        r.choice([", ".join(ys), ", ".join(ys[:-1]) + "\\text{ and }" + ys[-1]]),
        1,
        "order",
    )
    zs = ys[:]
    k = ri(0, 2)
    if k == 0:
        zs.pop()
    elif k == 1:
        zs.append("77")
    else:
        zs[0] = "78"
    add("lists", ", ".join(xs), ", ".join(zs), 0, "perturbed")
    add("sets", "\\{" + ",".join(xs) + "\\}", "\\{" + ", ".join(ys) + "\\}", 1, "order")
    add("sets", "\\{" + ",".join(xs) + "\\}", "\\{" + ", ".join(zs) + "\\}", 0, "perturbed")
    add("tuples", "(" + ",".join(xs) + ")", "\\left(" + ",\\,".join(xs) + "\\right)", 1, "spelled")
    if xs != ys:
        add("tuples", "(" + ",".join(xs) + ")", "(" + ",".join(ys) + ")", 0, "order")


def matrices():
    h, w = ri(1, 3), ri(1, 3)
    if h * w == 1:
        return
    M = [[ri(-9, 9) for _ in range(w)] for _ in range(h)]
    s = (
        lambda M, k, sp="": f"\\begin{{{k}}}"
        + f"{sp}\\\\{sp}".join(f"{sp}&{sp}".join(map(str, x)) for x in M)
        + f"\\end{{{k}}}"
    )
    add("matrices", s(M, "pmatrix"), s(M, r.choice(["bmatrix", "pmatrix"]), " "), 1, "brackets")
    N = [x[:] for x in M]
    N[ri(0, h - 1)][ri(0, w - 1)] += 1
    add("matrices", s(M, "pmatrix"), s(N, "pmatrix"), 0, "entry")
    T = [list(x) for x in zip(*M)]
    if T != M:
        add("matrices", s(M, "pmatrix"), s(T, "bmatrix"), 0, "transposed")


def cx(a, b):
    if b == 0:
        return str(a)
    im = ("-" if b < 0 else "+") + ("" if abs(b) == 1 else str(abs(b))) + "i"
    return (str(a) + im) if a else im.lstrip("+")


def complexes():
    a, b, c, d = [nz(-7, 7) for _ in range(4)]
    R, I = a * c - b * d, a * d + b * c
    add("complex", cx(R, I), f"({cx(a,b)})({cx(c,d)})", 1, "product")
    if I:
        add("complex", cx(R, I), cx(R, -I), 0, "conjugate")
    n = c * c + d * d
    add(
        "complex",
        f"\\frac{{{cx(a,b)}}}{{{cx(c,d)}}}",
        f"\\frac{{{cx(a*c+b*d,b*c-a*d)}}}{{{n}}}",
        1,
        "quotient",
    )
    add(
        "complex",
        f"\\frac{{{cx(a,b)}}}{{{cx(c,d)}}}",
        f"\\frac{{{cx(a*c+b*d+1,b*c-a*d)}}}{{{n}}}",
        0,
        "quotient perturbed",
    )


def logs():
    a, b, k = ri(2, 7), ri(2, 9), ri(2, 5)
    add("logs", f"\\log_{{{a}}} {a**k}", str(k), 1, "value")
    add("logs", f"\\log_{{{a}}} {a**k}", str(k + 1), 0, "value")
    add("logs", f"\\ln {b**k}", f"{k}\\ln {b}", 1, "power")
    add("logs", f"\\ln {b**k}", f"{b}\\ln {k}" if b**k != k**b else f"{k}", 0, "power swapped")
    if a != b:
        add("logs", f"\\log_{{{a}}} {b}", f"\\frac{{\\ln {b}}}{{\\ln {a}}}", 1, "base")
        add("logs", f"\\log_{{{a}}} {b}", f"\\frac{{\\ln {a}}}{{\\ln {b}}}", 0, "base swapped")


def exponents():
    a, b, c = ri(2, 9), ri(2, 12), ri(2, 12)
    add(
        "exponents",
        f"{a}^{{{b*c}}}",
        r.choice([f"({a}^{{{b}}})^{{{c}}}", f"{a**b}^{{{c}}}", f"{a}^{{{b}}}\\cdot{a}^{{{b*c-b}}}"]),
        1,
        "rule",
    )
    add(
        "exponents",
        f"{a}^{{{b*c}}}",
        r.choice([f"{a}^{{{b*c+1}}}", f"{a}^{{{b}}}+{a}^{{{c}}}", str(a ** (b * c) + 1)]),
        0,
        "perturbed",
    )
    v = r.choice("xyn")
    add("exponents", f"{v}^{{{b+c}}}", f"{v}^{{{b}}}{v}^{{{c}}}", 1, "variable")
    add("exponents", f"{v}^{{{b+c}}}", f"{v}^{{{b+c+1}}}", 0, "variable")


TR = [
    (r"\sin(x+y)", r"\sin x\cos y+\cos x\sin y", r"\sin x\cos y-\cos x\sin y"),
    (r"\cos(x-y)", r"\cos x\cos y+\sin x\sin y", r"\cos x\cos y-\sin x\sin y"),
    (r"\cos 2x", r"1-2\sin^2 x", r"2\sin^2 x-1"),
    (r"\tan^2 x+1", r"\sec^2 x", r"\csc^2 x"),
    (r"\frac{\sin 2x}{2\cos x}", r"\sin x", r"\cos x"),
    (r"\sin 3x", r"3\sin x-4\sin^3 x", r"4\sin x-3\sin^3 x"),
]
VAL = [
    ("15", r"\frac{\sqrt6-\sqrt2}{4}", "sin"),
    ("18", r"\frac{\sqrt5-1}{4}", "sin"),
    ("30", r"\frac12", "sin"),
    ("45", r"\frac{\sqrt2}{2}", "sin"),
    ("60", r"\frac{\sqrt3}{2}", "sin"),
    ("75", r"\frac{\sqrt6+\sqrt2}{4}", "sin"),
    ("36", r"\frac{1+\sqrt5}{4}", "cos"),
    ("120", r"-\frac12", "cos"),
    ("150", r"-\frac{\sqrt3}{2}", "cos"),
    ("135", "-1", "tan"),
    ("15", r"2-\sqrt3", "tan"),
    ("75", r"2+\sqrt3", "tan"),
]


def trig():
    a, b, c = r.choice(TR)
    u, w = r.sample(["x", "y", "a", "b", "t", "\\theta", "\\alpha"], 2)
    f = lambda s: s.replace("y", " @").replace("x", " " + u).replace("@", w)
    # words such as \csc contain no x or y; \text none
    add("trig", f(a), f(b), 1, "identity")
    add("trig", f(a), f(c), 0, "no identity")
    d, v, fn = r.choice(VAL)
    n = int(d)
    k = r.choice([0, 360, -360])
    rad = F(n + k, 180)
    add("trig", v, f"\\{fn} {d}^\\circ", 1, "degrees")
    add("trig", v, f"\\{fn}\\left({frac(rad,'f')}\\pi\\right)", 1, "radians")
    add("trig", v, f"\\{fn} {n+r.choice([7,11,-8])}^\\circ", 0, "other angle")
    add("trig", v, f"\\{fn} {d}", 0, "degrees taken as radians")


def bases():
    b = ri(2, 9)
    n = ri(b, 5000)
    s = ""
    x = n
    while x:
        s = str(x % b) + s
        x //= b
    add("base", f"{s}_{b}", r.choice([f"{s}_{{{b}}}", f"({s})_{{{b}}}", f"{s}_{b}"]), 1, "spelled")
    add(
        "base",
        f"{s}_{b}",
        r.choice([f"{s}_{{{b+1}}}", f"{s}", f"{s[::-1]}_{b}" if s[::-1] != s else f"1{s}_{b}"]),
        0,
        "perturbed",
    )


def units():
    n = ri(2, 500)
    u, v, w = r.choice(
        [
            ("cm", "centimeters", "mm"),
            ("m", "meters", "cm"),
            ("ft", "feet", "inches"),
            ("kg", "kilograms", "g"),
            ("hours", "hrs", "minutes"),
            ("mph", "miles per hour", "km/h"),
            ("square feet", "sq ft", "square inches"),
            ("cm^2", "square centimeters", "cm^3"),
            ("degrees", "degrees", "radians"),
        ]
    )
    t = lambda u: (f"\\text{{ {u[:-2]}}}{u[-2:]}" if "^" in u else f"\\text{{ {u}}}")
    add("units", f"{n}{t(u)}", r.choice([str(n), f"{n}{t(v)}", f"{n}\\,{t(u).strip()}"]), 1, "spelled")
    add("units", f"{n}{t(u)}", f"{n}{t(w)}", 0, "other unit")
    add("units", f"{n}{t(u)}", f"{n+1}{t(u)}", 0, "number")


def percents():
    n = ri(1, 199)
    f = F(n, 100)
    add("percent", f"{n}\\%", r.choice([frac(f), f"{n} \\%", f"{n}.0\\%", f"{n/100}"]), 1, "value")
    add(
        "percent", f"{n}\\%", r.choice([f"{n+1}\\%", f"{n/100}\\%", frac(f * 10), f"-{n}\\%"]), 0, "perturbed"
    )


def sci():
    a, k = ri(11, 99), ri(-6, 12)
    v = F(a, 10) * F(10) ** k
    pl = str(v) if v.denominator == 1 else frac(v, "f")
    add("scientific", f"{a/10}\\times10^{{{k}}}", r.choice([pl, f"{a}\\cdot10^{{{k-1}}}"]), 1, "value")
    add(
        "scientific",
        f"{a/10}\\times10^{{{k}}}",
        r.choice([f"{a/10}\\times10^{{{k+1}}}", f"{(a+1)/10}\\times10^{{{k}}}"]),
        0,
        "perturbed",
    )


def pms():
    a, b = ri(-9, 9), r.choice([2, 3, 5, 7, 11])
    A = "" if a == 0 else str(a)
    add("several", f"{A}\\pm\\sqrt{{{b}}}", f"{A}-\\sqrt{{{b}}}, {A}{'+' if A else ''}\\sqrt{{{b}}}", 1, "pm")
    add("several", f"{A}\\pm\\sqrt{{{b}}}", f"{A}{'+' if A else ''}\\sqrt{{{b}}}", 0, "one of two")


def hacks():
    n = ri(2, 99)
    a = n + nz(-3, 3)
    add(
        "reward-hack",
        str(n),
        r.choice(
            [
                f"{n} \\text{{ or }} {a}",
                f"{n}, {a}",
                f"\\{{{n},{a}\\}}",
                f"{a}={n}",
                f"{n}={a}",
                f"\\text{{not }}{n}",
                f"{n}\\ne{a}",
                f"x={n}\\text{{ or }}x={a}",
                f"[{n},{a}]",
                f"{n}\\pm{abs(a)}",
                f"{n}/{a}",
                f"x\\ge{n}",
                f"x\\in\\{{{n},{a}\\}}",
                f"{n}+\\frac00",
                f"{n}\\cdot\\frac{{0}}{{0}}",
                f"{n}+\\infty-\\infty",
            ]
        ),
        0,
        "hack",
    )


# random expressions with rewriting, checked at points by mpmath
class E:
    def __init__(s, k, *a):
        s.k = k
        s.a = a


def rnd(d):
    if d == 0 or r.random() < 0.2:
        return r.choice([E("n", ri(1, 9)), E("v", "x"), E("v", "y"), E("n", ri(1, 9))])
    k = r.choice("+++--***/^q")
    if k == "^":
        return E("^", rnd(d - 1), ri(2, 3))
    if k == "q":
        return E("q", E("+", E("^", rnd(d - 1), 2), E("n", ri(1, 5))))
    return E(k, rnd(d - 1), rnd(d - 1))


def ev(e, p):
    k = e.k
    if k == "n":
        return mp.mpf(e.a[0])
    if k == "v":
        return p[e.a[0]]
    if k == "^":
        return ev(e.a[0], p) ** e.a[1]
    if k == "q":
        return mp.sqrt(ev(e.a[0], p))
    if k == "neg":
        return -ev(e.a[0], p)
    x, y = ev(e.a[0], p), ev(e.a[1], p)
    return x + y if k == "+" else x - y if k == "-" else x * y if k == "*" else x / y


def tex(e, prec=0):
    k = e.k
    if k in "nv":
        return str(e.a[0])
    if k == "q":
        return f"\\sqrt{{{tex(e.a[0])}}}"
    if k == "/":
        return f"\\frac{{{tex(e.a[0])}}}{{{tex(e.a[1])}}}"
    if k == "^":
        b = e.a[0]
        s = tex(b) if b.k in "nv" else f"({tex(b)})"
        return f"{s}^{{{e.a[1]}}}" if r.random() < 0.5 else f"{s}^{e.a[1]}"
    if k == "neg":
        s = "-" + tex(e.a[0], 2)
        return f"({s})" if prec else s
    if k == "*":
        s = f"{tex(e.a[0],2)} \\cdot {tex(e.a[1],2)}"
        return f"({s})" if prec > 2 else s
    s = f"{tex(e.a[0])} {k} {tex(e.a[1],1 if k=='-' or e.a[1].k=='neg' else 0)}"
    return f"({s})" if prec else s


def rw(e):
    if e.k in "nv":
        return e
    e = E(e.k, *[rw(x) if isinstance(x, E) else x for x in e.a])
    k = e.k
    if r.random() < 0.4:
        return e
    if k in "+*":
        e = E(k, e.a[1], e.a[0])
    if k == "*" and r.random() < 0.5:
        for i in (0, 1):
            if e.a[i].k in "+-":
                o = e.a[1 - i]
                return E(e.a[i].k, E("*", e.a[i].a[0], o), E("*", e.a[i].a[1], o))
    if k == "-":
        return E("neg", E("-", e.a[1], e.a[0]))
    if k == "^" and e.a[1] == 2:
        return E("*", e.a[0], e.a[0])
    if k == "/" and e.a[0].k in "+-":
        n = e.a[0]
        return E(n.k, E("/", n.a[0], e.a[1]), E("/", n.a[1], e.a[1]))
    if k == "/" and r.random() < 0.5:
        return E("/", E("*", e.a[0], E("n", 3)), E("*", E("n", 3), e.a[1]))
    return e


def perturb(e):
    if e.k == "n":
        return E("n", e.a[0] + 1)
    if e.k == "v":
        return E("v", "y" if e.a[0] == "x" else "x")
    idx = [i for i, x in enumerate(e.a) if isinstance(x, E)]
    i = r.choice(idx)
    a = list(e.a)
    a[i] = perturb(a[i])
    return E(e.k, *a)


def same(a, b):
    mp.mp.dps = 60
    n = 0
    for _ in range(6):
        p = {v: mp.mpf(ri(1, 10**6)) / ri(1, 10**6) * r.choice([1, -1]) for v in "xy"}
        try:
            x, y = ev(a, p), ev(b, p)
        except ZeroDivisionError:
            continue
        n += 1
        if abs(x - y) > mp.mpf(10) ** -45 * (1 + abs(x)):
            return 0
    return 1 if n >= 3 else None


def exprs():
    e = rnd(ri(2, 3))
    if e.k in "nv":
        return
    f = rw(rw(e))
    l = same(e, f)
    assert l in (1, None), (tex(e), tex(f))
    if l:
        add("expressions", tex(e), tex(f), 1, "rewritten")
    g = perturb(f)
    l = same(e, g)
    if l is not None:
        add("expressions", tex(e), tex(g), l, "perturbed")


fns = [
    integers,
    fractions,
    decimals,
    repeating,
    radicals,
    pis,
    polynomials,
    rational,
    lines,
    intervals,
    lists,
    matrices,
    complexes,
    logs,
    exponents,
    trig,
    bases,
    units,
    percents,
    sci,
    pms,
    hacks,
    hacks,
    exprs,
    exprs,
    exprs,
]
count = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
while len(out) < count:
    for f in fns:
        f()
for row in out[:count]:
    print("\t".join(row))
