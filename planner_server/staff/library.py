"""Staff pages of the library: industries, their sectors, seed keywords, and the import of a list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from planner_core.entities import VOLUME_LIMIT
from planner_core.figures import INTENTS
from planner_core.text import tidy
from planner_server.library.bringing import MOST_ROWS, Brought, bring_list
from planner_server.library.listfile import BadList
from planner_server.library.models import Industry, IndustrySector, SeedKeyword
from planner_server.library.services import (
    industry_sector_update,
    industry_sector_upsert,
    industry_update,
    industry_upsert,
    seed_update,
)
from planner_server.staff.site import SITE, ModelForm, Page, staff_actor


class _NamedForm(ModelForm):
    def clean_name(self) -> str:
        """Take the name as the library keeps it."""
        name = tidy(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError("A name must not be empty.")
        return name

    def clean(self) -> dict[str, Any]:
        """Refuse a second sector of a name: Django does not look, as the industry is not a field of every form."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if isinstance(self.instance, IndustrySector) and "name" in given:
            industry = given.get("industry") or (self.instance.industry if self.instance.pk else None)
            others = IndustrySector.objects.exclude(pk=self.instance.pk)
            if others.filter(industry=industry, name=given["name"]).exists():
                self.add_error("name", "The industry has a sector of this name already.")
        return given


class _Named(Page):
    """What industries and their sectors share. A new name reaches every account that sees it; the slug stays."""

    form = _NamedForm
    search_fields = ("name", "slug")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django passes it
        """They are made here, and by `planner-server load-library`."""
        return True


@admin.register(Industry, site=SITE)
class IndustryAdmin(_Named):
    """Industries."""

    list_display = ("name", "slug", "is_active")
    list_filter = ("is_active",)

    def get_fields(self, request: HttpRequest, obj: Industry | None = None) -> Any:  # noqa: ARG002 - Django passes it
        """Return the fields."""
        return ("name", "is_active") if obj else ("name",)

    def save_model(self, request: HttpRequest, obj: Industry, form: Any, change: bool) -> None:
        """Make or change the industry through the services."""
        name = form.cleaned_data["name"]
        if not change:
            obj.__dict__.update(industry_upsert(name=name).__dict__)
            return
        actor = staff_actor(request, f"Staff: change industry {name}")
        industry_update(industry=obj, actor=actor, name=name, is_active=form.cleaned_data["is_active"])


@admin.register(IndustrySector, site=SITE)
class IndustrySectorAdmin(_Named):
    """Sectors of industries."""

    list_display = ("name", "industry", "slug", "is_active")
    list_filter = ("is_active", "industry")
    list_select_related = ("industry",)

    def get_fields(self, request: HttpRequest, obj: IndustrySector | None = None) -> Any:  # noqa: ARG002 - Django passes it
        """Return the fields: a sector stays in its industry."""
        return ("industry", "name", "is_active") if obj else ("industry", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: IndustrySector | None = None) -> Any:  # noqa: ARG002 - Django passes it
        """Return what is not changed any more."""
        return ("industry",) if obj else ()

    def save_model(self, request: HttpRequest, obj: IndustrySector, form: Any, change: bool) -> None:
        """Make or change the sector through the services."""
        name = form.cleaned_data["name"]
        if not change:
            made = industry_sector_upsert(industry=form.cleaned_data["industry"], name=name)
            obj.__dict__.update(made.__dict__)
            return
        actor = staff_actor(request, f"Staff: change industry sector {name}")
        industry_sector_update(sector=obj, actor=actor, name=name, is_active=form.cleaned_data["is_active"])


class _SeedForm(ModelForm):
    volume = forms.IntegerField(required=False, min_value=0, max_value=VOLUME_LIMIT)
    difficulty = forms.IntegerField(required=False, min_value=0, max_value=100)

    class Meta:
        model = SeedKeyword
        fields = ("volume", "difficulty", "intent", "is_active")

    def clean_intent(self) -> str | None:
        """Take a comma list of intents."""
        text = self.cleaned_data["intent"] or ""
        words = [word.strip().lower() for word in text.split(",") if word.strip()]
        strange = [word for word in words if word not in INTENTS]
        if strange:
            raise forms.ValidationError(
                f"{', '.join(strange)}: no intent we know. They are {', '.join(INTENTS)}."
            )
        return ",".join(words) or None


class ImportForm(forms.Form):
    """A list, and where its rows go when it does not say so itself."""

    file = forms.FileField(
        label="List",
        help_text=f"CSV with headings, plain or gzip, UTF-8, up to {MOST_ROWS:,} rows. Larger ones: planner-server load-library.",
    )
    sector = forms.ModelChoiceField(
        IndustrySector.objects.select_related("industry", "scope").order_by("industry__name", "name"),
        required=False,
        label="Sector of all rows",
        help_text="Empty: the columns industry and sector say it, by name, row by row.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["sector"]
        choice.label_from_instance = lambda sector: f"{sector.industry.name}: {sector.name}"


@admin.register(SeedKeyword, site=SITE)
class SeedKeywordAdmin(Page):
    """Seed keywords: figures and whether they are offered. Text and country make a seed what it is; another is another seed."""

    form = _SeedForm
    change_list_template = "staff/seeds.html"
    list_display = ("keyword", "industry", "sector", "volume", "difficulty", "intent", "country", "is_active")
    list_filter = ("is_active", "industry", "sector")
    list_select_related = ("industry", "sector")
    search_fields = ("keyword_key",)
    ordering = ("-pk",)
    readonly_fields = ("keyword", "industry", "sector", "country")
    fields = ("keyword", "industry", "sector", "country", "volume", "difficulty", "intent", "is_active")

    def save_model(self, request: HttpRequest, obj: SeedKeyword, form: Any, change: bool) -> None:  # noqa: ARG002 - Django's
        """Change the seed through its sector's gate."""
        given = form.cleaned_data
        seed_update(
            seed=SeedKeyword.objects.select_related("scope").get(pk=obj.pk),
            actor=staff_actor(request, f"Staff: change seed keyword {obj.keyword}"),
            volume=given["volume"],
            difficulty=given["difficulty"],
            intent=given["intent"],
            is_active=given["is_active"],
        )

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses, the import before the others."""
        own = path("import/", self.admin_site.admin_view(self.import_view), name="library_import")
        return [own, *super().get_urls()]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a list and show what became of it, bad rows with their lines."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        brought: Brought | None = None
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                brought = bring_list(
                    file.file,
                    actor=staff_actor(request, f"Staff: import {file.name}"),
                    sector=form.cleaned_data["sector"],
                )
            except BadList as error:
                form.add_error("file", str(error))
        context = {
            **self.admin_site.each_context(request),
            "title": "Import seed keywords",
            "opts": self.opts,
            "form": form,
            "brought": brought,
        }
        return TemplateResponse(request, "staff/import.html", context)
