"""What all stages of a Dockerfile are made from."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from boxwright.errors import PlanError
from boxwright.plan.model import HealthPlan, Plan, PublicImages, Workload
from boxwright.render.dockerfile.files import Copied, copied_files, copied_folders
from boxwright.render.dockerfile.install import Installer
from boxwright.render.dockerfile.instruction import Instruction, copy
from boxwright.render.model import Surroundings


class Frame:
    """A plan and its surroundings, with what follows from them for every stage."""

    def __init__(self, plan: Plan, around: Surroundings) -> None:
        if plan.images is None:
            raise PlanError(
                "the plan names no public images for a Dockerfile to start from",
                hint="name them in `[images]` of the settings, or plan the project again",
            )
        self.plan = plan
        self.around = around
        self.has_service = not plan.workloads or any(
            workload.target == "runtime" for workload in plan.workloads
        )
        """Whether there is an image that is not one of the further targets."""
        self.images: PublicImages = plan.images
        if not self.has_service and "distroless" in plan.images.runtime:
            # The other targets have a shell.
            self.images = replace(plan.images, runtime="")
        self.installer = Installer(plan, around)
        self.place = self.installer.place
        self.app = plan.process.working_dir
        self.user = plan.process.user
        self.python = f"python{self.images.python_version}"
        """The interpreter's name."""
        self.files = tuple(copied_folders(plan.application.files, plan.application.models))
        self.models = tuple(copied_files(plan.application.models))
        self.has_bytecode = plan.layers.bytecode != "none"
        runtime = self.images.runtime.partition("@")[0]
        repository = runtime.rpartition("/")[2].partition(":")[0]
        self.is_distroless = "distroless" in runtime
        self.lacks_python = bool(runtime) and not self.is_distroless and repository != "python"
        """Whether the last stage stands on a distribution, whose own Python has to be added."""
        self.python_in_usr = self.is_distroless or self.lacks_python
        """Whether the last stage has Python in /usr, where public Python images have it not."""
        self.installs_project = plan.dependencies.installs_project
        self.builds_packages = self.installs_project or bool(plan.dependencies.packages)
        """Whether something is built from sources of the context, the project itself or others."""

    @property
    def directories(self) -> dict[str, tuple[str, ...]]:
        """Where volumes that are written to are mounted, by the target whose workloads do that."""
        found: dict[str, set[str]] = {}
        for workload in self.plan.workloads:
            folders = {mount.target for mount in workload.mounts if not mount.read_only}
            if folders:
                found.setdefault(workload.target, set()).update(folders)
        return {target: tuple(sorted(folders)) for target, folders in sorted(found.items())}

    @property
    def base(self) -> str:
        """The public image that the service's image stands on, with its digest."""
        return self.around.pinned(self.images.runtime or self.images.python)

    @property
    def python_image(self) -> str:
        """The public image of Python, with its digest."""
        return self.around.pinned(self.images.python)

    @property
    def main(self) -> Workload | None:
        """The workload that is the image's own process."""
        services = [each for each in self.plan.workloads if each.target == "runtime"]
        entrypoint = self.plan.process.entrypoint
        # A notebook's may differ in the folder that it shows.
        for same in (entrypoint, entrypoint[:1]):
            for workload in services:
                if workload.command[: len(same)] == same:
                    return workload
        return None

    @property
    def health(self) -> HealthPlan | None:
        """How the image's own process is asked."""
        main = self.main
        return main.health if main is not None and main.health else self.plan.process.health

    def others(self) -> Iterator[Workload]:
        """Yield the first workload of each target beside `runtime`."""
        seen = {"runtime", "dev"}
        for workload in self.plan.workloads:
            if workload.target not in seen:
                seen.add(workload.target)
                yield workload

    def copied(self, copied: Copied, *, chown: str = "", chmod: str = "") -> Instruction:
        """Return the COPY of *copied* from the context; *chmod* is for files only."""
        sources = [self.place.context(path) for path in copied.sources]
        target = posixpath.normpath(posixpath.join(self.app, copied.target))
        if copied.is_folder:
            return copy(sources, target, chown=chown)
        return copy(sources, f"{target}/", chown=chown, chmod=chmod)

    def weights(self, *, chown: str = "") -> list[Instruction]:
        """Return the COPY instructions of the models, which lie below the code."""
        return [self.copied(each, chown=chown, chmod="0644") for each in self.models]
