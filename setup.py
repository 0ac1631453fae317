"""Compile ext/pingcang/_core/*.pyx into pingcang._core.* and carry scenarios/ into the package.

Everything else is declared in pyproject.toml. OpenMP is used where a trial compilation shows that the compiler has
it; elsewhere the kernels are built single-threaded, with the same results.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

CHECKED = os.environ.get("PINGCANG_CHECKED") == "1"  # bounds checks, for hunting a crash in a kernel
KERNELS = Path("ext/pingcang/_core")
SCENARIOS = Path("scenarios")
SOURCES = sorted(KERNELS.glob("*.pyx"))
if not SOURCES:
    raise SystemExit(f"no kernels under {KERNELS}/: the source distribution must carry ext/ (see MANIFEST.in)")

# -ffp-contract=off: a fused multiply-add rounds once where the plain-Python twin rounds twice.
EXACT = [] if sys.platform == "win32" else ["-O3", "-ffp-contract=off"]
OPENMP_FLAGS = {
    "linux": (["-fopenmp"], ["-fopenmp"]),
    "darwin": (["-Xpreprocessor", "-fopenmp"], ["-lomp"]),
    "win32": (["/openmp"], []),
}


class BuildKernels(build_ext):
    """build_ext that adds OpenMP only where it compiles and links."""

    def build_extensions(self):
        """Compile with exact floating point, and OpenMP if it is there."""
        compile_flags, link_flags = self.openmp_flags()
        for extension in self.extensions:
            extension.extra_compile_args = [*EXACT, *compile_flags]
            extension.extra_link_args = [*link_flags]
        super().build_extensions()

    def openmp_flags(self):
        """The flags that link a small OpenMP program with this compiler; none if it cannot."""
        if os.environ.get("PINGCANG_OPENMP") == "0":
            return [], []
        compile_flags, link_flags = OPENMP_FLAGS.get(sys.platform, OPENMP_FLAGS["linux"])
        with tempfile.TemporaryDirectory() as folder:
            probe = Path(folder) / "probe.c"
            probe.write_text("#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n")
            try:
                objects = self.compiler.compile([str(probe)], output_dir=folder, extra_postargs=compile_flags)
                self.compiler.link_executable(objects, str(Path(folder) / "probe"), extra_postargs=link_flags)
            except Exception as reason:
                print(f"pingcang: no OpenMP here ({reason}); the kernels are built single-threaded")
                return [], []
        return compile_flags, link_flags


class BuildPython(build_py):
    """build_py that installs scenarios/ as pingcang/scenarios; an editable install reads the folder itself."""

    def run(self):
        """Copy the Python files, then the scenarios."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "pingcang" / "scenarios"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(SCENARIOS, target, ignore=shutil.ignore_patterns("__pycache__"))


def kernel(source: Path) -> Extension:
    """The extension module of one kernel source."""
    return Extension(f"pingcang._core.{source.stem}", [str(source)], include_dirs=[str(KERNELS)])


setup(
    cmdclass={"build_ext": BuildKernels, "build_py": BuildPython},
    ext_modules=cythonize(
        [kernel(source) for source in SOURCES],
        include_path=["ext"],  # so that `from .book cimport …` finds ext/pingcang/_core/book.pxd
        build_dir="build/cython",
        force=CHECKED,
        compiler_directives={
            "language_level": 3,
            "boundscheck": CHECKED,
            "wraparound": False,
            "cdivision": True,  # exact.h has the floor divisions; nothing else divides integers
            "initializedcheck": CHECKED,
        },
    ),
)
