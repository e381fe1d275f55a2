"""A table of results, for a terminal or for a page of the documentation."""

from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Sheet:
    """A title, the heads of the columns, and the rows as they are printed."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def for_terminal(self) -> Table:
        """It as a table of rich's."""
        table = Table(title=self.title, title_justify="left")
        for column in self.columns:
            table.add_column(column, justify="right")
        for row in self.rows:
            table.add_row(*row)
        return table

    @property
    def markdown(self) -> str:
        """It as documentation: the title as a line above."""
        lines = (self.columns, ("---",) * len(self.columns), *self.rows)
        return "\n".join([f"{self.title}:", "", *(f"| {' | '.join(line)} |" for line in lines)])
