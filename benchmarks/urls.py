from django.urls import path

from benchmarks.pages import trivial
from digistrategia.urls import urlpatterns as portal

urlpatterns = [path("trivial/", trivial), *portal]
