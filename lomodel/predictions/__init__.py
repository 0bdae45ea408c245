"""The book's predictions, one module a page: ``NUMBER``, ``TITLE`` and ``PREDICTIONS``, in order.

``lomodel.explore.foretell`` finds every module here.
"""
