"""Which pixels of a picture belong together with what is marked in it, by their colours.

Shapes: H x W pixels.
"""

from __future__ import annotations

import cv2
import numpy as np


def cut(picture_HW3: np.ndarray, marks_HW: np.ndarray, rounds: int) -> np.ndarray:
    """Return the pixels inside (H, W), bool, after GrabCut (Rother et al. 2004) has decided about those in doubt.

    `marks_HW`: OpenCV's classes, uint8: `cv2.GC_FGD` and `cv2.GC_BGD` stay, `cv2.GC_PR_FGD` and `cv2.GC_PR_BGD` are
    decided about; some pixel has to be inside and some outside. `rounds`: of learning the colours and cutting. The same
    picture and marks give the same pixels; the marks stay as they are.
    """
    marks_HW = marks_HW.copy()
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(np.ascontiguousarray(picture_HW3), marks_HW, None, *models, rounds, cv2.GC_INIT_WITH_MASK)
    return (marks_HW == cv2.GC_FGD) | (marks_HW == cv2.GC_PR_FGD)
