from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from nozbe.safety.facts import facts


@never_cache
@require_safe
def safety(request: HttpRequest) -> HttpResponse:
    return render(request, "safety.html", {"facts": list(facts())})


@never_cache
@require_safe
def safety_as_json(request: HttpRequest) -> HttpResponse:
    """The same facts for machines: `known` tells a measured answer from one that nobody has yet."""
    results = [
        {
            "name": fact.name,
            "question": fact.question,
            "known": fact.answer is not None,
            "answer": fact.answer,
            "well": fact.well,
            "at": fact.at.isoformat() if fact.at else None,
            "note": fact.note,
        }
        for fact in facts()
    ]
    return JsonResponse({"results": results, "next": None})
