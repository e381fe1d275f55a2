"""What a site decides about the bench, read from THIOPURINE_CDS_BENCH_<NAME>."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

_BESIDE_THE_SOURCE = Path(__file__).parents[2] / "fixtures" / "stories"


class BenchSettings(BaseSettings):
    """Whether there is a bench, whose stories it shows, and who may see stewardship from elsewhere."""

    model_config = SettingsConfigDict(env_prefix="THIOPURINE_CDS_BENCH_", frozen=True, extra="forbid")

    enabled: bool = True  # in production: off
    stories: Path | None = None  # a folder of stories; None: those of the source tree, if present
    stewardship_user_header: str = ""  # set by a proxy that authenticates; "": this machine only

    @property
    def stories_folder(self) -> Path | None:
        """The folder with the stories, or None when there is none."""
        folder = self.stories or _BESIDE_THE_SOURCE
        return folder if folder.is_dir() else None
